"""The places of values: the command line overrides the environment, which overrides `[tool.maidenhair]`."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import ValidationError

from maidenhair.config.declaration import NOT_A_CHOICE, Section, Setting, SettingsModel
from maidenhair.errors import ConfigurationError

PYPROJECT = Path("pyproject.toml")
M = TypeVar("M", bound=SettingsModel)


@dataclass(frozen=True)
class Layer:
    """The values that one place sets.

    Attributes:
        values: the values, by field of the section.
        name: returns the name of a setting at that place.
    """

    values: Mapping[str, Any]
    name: Callable[[Setting], str]


def layers_of(
    section: Section,
    explicit: Mapping[str, Any],
    environment: Mapping[str, str] | None = None,
    pyproject: Path | None = None,
) -> list[Layer]:
    """Return the layers of a section's values, the one with the highest priority first.

    Args:
        section: the section.
        explicit: values by name of the setting. `None` and empty text mean not set.
        environment: the environment. Empty text means not set. Default: that of this process.
        pyproject: the file with `[tool.maidenhair]`, which may be absent. Default: that of the current folder.

    Raises:
        ConfigurationError: the file is not valid TOML.
    """
    environment = os.environ if environment is None else environment
    path = pyproject or PYPROJECT
    every = section.settings
    table = read_table(path)
    table = table.get(section.system, {}) if section.system else table
    return [
        Layer(_present(every, explicit, lambda each: each.name), lambda each: each.flag),
        Layer(_present(every, environment, lambda each: each.variable), lambda each: each.variable),
        Layer(_present(every, table, lambda each: each.field), lambda each: f"{path}: {each.key}"),
    ]


def read_table(path: Path) -> dict[str, Any]:
    """Return the table `[tool.maidenhair]` of a file. Empty if there is no file.

    Raises:
        ConfigurationError: the file is not valid TOML.
    """
    if not path.is_file():
        return {}
    try:
        table = tomllib.loads(path.read_text()).get("tool", {}).get("maidenhair", {})
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}") from error
    if not isinstance(table, dict):
        raise ConfigurationError(f"{path}: tool.maidenhair={table!r} is not a table")
    return table


def load_section(
    section: Section,
    model: type[M],
    layers: Sequence[Layer],
    further: Mapping[str, Any] | None = None,
) -> M:
    """Create the settings of a section from layers of values.

    Args:
        section: the section of `model`.
        model: the class of the settings.
        layers: the layers, the one with the highest priority first.
        further: values of fields that are not settings.

    Raises:
        ConfigurationError: values are not allowed or contradict each other. The message names their places.
    """
    try:
        settings = _merged(model, [*(layer.values for layer in layers), further or {}])
    except ValidationError as error:
        wrong = dict.fromkeys(str(each["loc"][1]) for each in error.errors())
        kinds = {str(each["loc"][1]): each["type"] for each in error.errors()}
        raise ConfigurationError(
            "\n".join(_refusal(section.settings[name], kinds[name], layers) for name in wrong)
        ) from error
    places = {name: _place(each, layers) for name, each in section.settings.items()}
    if problems := [problem.format_map(places) for problem in settings.problems()]:
        raise ConfigurationError("\n".join(problems))
    return settings


def read_value(section: Section, setting: Setting, value: Any, place: str) -> Any:
    """Convert a value to the type of a setting.

    Args:
        section: the section of the setting.
        setting: the setting.
        value: the value, often text.
        place: the place of the value, for messages.

    Raises:
        ConfigurationError: the value is not allowed.
    """
    layer = Layer({setting.field: value}, lambda each: place)
    try:
        return getattr(section.model(**layer.values), setting.field)
    except ValidationError as error:
        raise ConfigurationError(_refusal(setting, error.errors()[0]["type"], [layer])) from error


def _present(
    settings: Mapping[str, Setting], values: Mapping[str, Any], name: Callable[[Setting], str]
) -> dict[str, Any]:
    found = {field: values.get(name(each)) for field, each in settings.items()}
    return {field: value for field, value in found.items() if value not in (None, "")}


def _merged(model: type[M], layers: Sequence[Mapping[str, Any]]) -> M:
    # Imported here, because workers do not load settings and start faster without it.
    from pydantic import create_model
    from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource

    class Layered(BaseSettings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            values = ({"settings": dict(layer)} for layer in layers)
            return tuple(InitSettingsSource(settings_cls, each) for each in values)

    loaded = create_model("Loaded", __base__=Layered, settings=(model, ...))()
    return cast(M, cast(Any, loaded).settings)


def _place(setting: Setting, layers: Sequence[Layer]) -> str:
    """Return the place where a setting was set, or its variable if it was not."""
    places = [layer.name(setting) for layer in layers if setting.field in layer.values]
    return places[0] if places else setting.variable


def _refusal(setting: Setting, kind: str, layers: Sequence[Layer]) -> str:
    place = _place(setting, layers)
    value = next(layer.values[setting.field] for layer in layers if setting.field in layer.values)
    if kind == NOT_A_CHOICE:
        return f"{place}: {value!r} is not allowed; allowed: {setting.values}"
    allowed = "text in quotes" if setting.is_text else setting.values
    return f"{place}={value}: invalid value; allowed: {allowed}"
