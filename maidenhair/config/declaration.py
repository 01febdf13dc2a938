"""Declarations of settings: fields of models, from which values, `--help`, the reference and errors are made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from maidenhair.config.values import Allowed

_DETAILS = "setting"
NOT_A_CHOICE = "not_a_choice"
"""The type of pydantic's error for a value that is none of the choices."""


def setting(
    default: Any,
    help: str,
    *,
    choices: Sequence[str] = (),
    aliases: Mapping[str, str] | None = None,
    flags: Sequence[str] = (),
    variable: str = "",
    allowed: str = "",
    shown: str = "",
) -> Any:
    """Declare a setting: a field of a settings model. The annotation of the field is its type.

    Args:
        default: the value if none is set.
        help: its description, one sentence.
        choices: the allowed values, if there are only a few.
        aliases: further allowed values, and the choice that each one means.
        flags: additional flags of command lines, for example "-j".
        variable: the environment variable, if it is not MAIDENHAIR_ and the name.
        allowed: a description of the allowed values, if neither type nor choices say it.
        shown: a description of the default, if the value itself does not say it.

    Example:
        >>> class WidgetSettings(SystemSettings):
        ...     colour: str = setting("grey", "The colour of new Widgets.", choices=("grey", "red"))
        >>> WidgetSettings(colour="red").colour
        'red'
    """
    details: dict[str, Any] = {
        "choices": list(choices),
        "aliases": dict(aliases or {}),
        "flags": list(flags),
        "variable": variable,
        "allowed": allowed,
        "shown": shown,
    }
    return Field(default, description=help, json_schema_extra={_DETAILS: details})


class SettingsModel(BaseModel):
    """Base of models whose fields are settings. They are frozen, and every setting has a default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def problems(self) -> Iterator[str]:
        """Yield messages about values that contradict each other. By default, all combinations are allowed.

        `{name}` in a message is replaced by the place where setting `name` was set. Called when settings are loaded.
        """
        yield from ()

    @field_validator("*")
    @classmethod
    def _choose(cls, value: Any, info: ValidationInfo) -> Any:
        details = _details(cls.model_fields[info.field_name or ""])
        if not details or value is None or not details["choices"]:
            return value
        value = details["aliases"].get(value, value)
        if value not in details["choices"]:
            raise PydanticCustomError(NOT_A_CHOICE, "not one of the choices")
        return value


@dataclass(frozen=True)
class Setting:
    """A declared setting, with its names.

    Attributes:
        field: the name of the model's field, and of the key in pyproject's table.
        table: pyproject's table, such as "tool.maidenhair.skytorch".
        name: its unique name, such as "skytorch_operator".
        define: its name for `-D` of behave.
        variable: the environment variable.
        flags: its flags on command lines. The last one is made from its name.
        help: its description, one sentence.
        default: the value if none is set.
        shown: a description of the default.
        choices: the allowed values, if there are only a few.
        values: a description of the allowed values.
        is_flag: whether it is yes or no, so that its flag takes no value.
        is_text: whether any text is allowed.
    """

    field: str
    table: str
    name: str
    define: str
    variable: str
    flags: tuple[str, ...]
    help: str
    default: Any
    shown: str
    choices: tuple[str, ...]
    values: str
    is_flag: bool
    is_text: bool

    @property
    def flag(self) -> str:
        """The flag that is made from its name."""
        return self.flags[-1]

    @property
    def negative_flag(self) -> str:
        """The flag that sets it to no."""
        return self.flag.replace("--", "--no-", 1)

    @property
    def summary(self) -> str:
        """Its description and default, for the help of a command."""
        return self.help if self.shown == "none" else f"{self.help} (default: {self.shown})"

    @property
    def metavar(self) -> str:
        """The placeholder of its value in the help of a command."""
        return "|".join(self.choices) or self.field.upper()

    @property
    def key(self) -> str:
        """Its place in pyproject.toml, such as "[tool.maidenhair] nodes"."""
        return f"[{self.table}] {self.field}"


@dataclass(frozen=True)
class Section:
    """The settings of one model, with their names.

    Attributes:
        model: the model.
        system: the name of the system under test, or empty for settings of the framework.
        define_prefix: the prefix of their names for `-D` of behave.
    """

    model: type[SettingsModel]
    system: str = ""
    define_prefix: str = ""
    settings: Mapping[str, Setting] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        declared = {
            name: self._setting(name, found, _details(found))
            for name, found in self.model.model_fields.items()
            if _details(found)
        }
        object.__setattr__(self, "settings", declared)

    def _setting(self, field: str, found: FieldInfo, details: dict[str, Any]) -> Setting:
        prefix = f"{self.system.replace('-', '_')}_" if self.system else ""
        name = prefix + field
        choices, aliases = details["choices"], details["aliases"]
        parts = [*found.metadata, *_parts(found.annotation)]
        allowed = [each.values for each in parts if isinstance(each, Allowed)]
        return Setting(
            field=field,
            table=".".join(["tool.maidenhair", *filter(None, [self.system])]),
            name=name,
            define=self.define_prefix + name,
            variable=details["variable"] or f"MAIDENHAIR_{name.upper()}",
            flags=(*details["flags"], f"--{name.replace('_', '-')}"),
            help=found.description or "",
            default=found.default,
            shown=details["shown"] or _shown(found.default),
            choices=tuple(choices),
            values=details["allowed"]
            or ", ".join([*choices, *aliases])
            or (allowed[0] if allowed else "text"),
            is_flag=found.annotation is bool,
            is_text=str in parts and not allowed,
        )


def _parts(annotation: Any) -> Iterator[Any]:
    """Yield the parts of an annotation: types and their metadata."""
    yield annotation
    for part in get_args(annotation):
        yield from _parts(part)


def _shown(default: Any) -> str:
    if isinstance(default, bool):
        return "yes" if default else "no"
    return "none" if default in (None, "", ()) else str(default)


def _details(found: FieldInfo) -> dict[str, Any]:
    extra = found.json_schema_extra
    details = extra.get(_DETAILS) if isinstance(extra, dict) else None
    return details if isinstance(details, dict) else {}
