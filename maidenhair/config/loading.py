"""Loading the settings of the framework and of the active systems."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from maidenhair.config.cluster import FRAMEWORK, TOOL_PREFIX, Settings
from maidenhair.config.declaration import Section
from maidenhair.config.engine import ENGINE
from maidenhair.config.layers import Layer, layers_of, load_section, read_value
from maidenhair.config.systems import SystemSettings
from maidenhair.config.unknown import check_explicit, check_names, check_renamed_defines
from maidenhair.errors import ConfigurationError

Systems = Mapping[str, type[SystemSettings]]


def active_systems(
    explicit: Mapping[str, Any] | Sequence[str] | None = None,
    environment: Mapping[str, str] | None = None,
    pyproject: Path | None = None,
) -> tuple[str, ...]:
    """Return the names of the active systems, in the order of the setting `systems`.

    Args:
        explicit: the names, or values of a command line by setting, of which only `systems` is used.
        environment: the environment. Default: that of this process.
        pyproject: the file with `[tool.maidenhair]`. Default: `pyproject.toml` in the current folder.

    Raises:
        ConfigurationError: a value is not a list of names.
    """
    names = explicit.get("systems") if isinstance(explicit, Mapping) else explicit
    layers = [
        Layer(
            {name: value for name, value in layer.values.items() if name == "systems"}, layer.name
        )
        for layer in layers_of(FRAMEWORK, {"systems": names}, environment, pyproject)
    ]
    return load_section(FRAMEWORK, Settings, layers).systems


def load_settings(
    explicit: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    pyproject: Path | None = None,
    systems: Systems | None = None,
) -> Settings:
    """Load the settings of the framework and of systems.

    Args:
        explicit: values of a command line, by name of the setting, for example "skytorch_operator". Text is converted
            as in the environment. `None` and empty text mean not set.
        environment: the environment. Default: that of this process.
        pyproject: the file with `[tool.maidenhair]`. Default: `pyproject.toml` in the current folder.
        systems: the settings that the active systems declare, by system.

    Raises:
        ConfigurationError: a setting is unknown, a value is not allowed, or values contradict each other.
    """
    environment = os.environ if environment is None else environment
    explicit = explicit or {}
    ours = sections(systems or {})
    check_explicit(ours, explicit)
    check_names([ENGINE, *ours], explicit, environment, pyproject)
    loaded = {
        section.system: load_section(
            section, section.model, layers_of(section, explicit, environment, pyproject)
        )
        for section in ours
        if section.system
    }
    return load_section(
        FRAMEWORK,
        Settings,
        layers_of(FRAMEWORK, explicit, environment, pyproject),
        {"tools": _tools(environment), "system_settings": loaded},
    )


def userdata_settings(userdata: Mapping[str, Any], systems: Systems) -> dict[str, Any]:
    """Return the settings in behave's userdata (`-D NAME=VALUE`), for `load_settings`.

    Args:
        userdata: the userdata. Names that are not settings belong to the suite and are ignored.
        systems: the settings that the active systems declare, by system.

    Raises:
        ConfigurationError: a value is not allowed, or a name is the old name of a setting.
    """
    ours = sections(systems)
    check_renamed_defines(ours, userdata)
    return {
        each.name: read_value(section, each, userdata[each.define], f"-D {each.define}")
        for section in ours
        for each in section.settings.values()
        if userdata.get(each.define) not in (None, "")
    }


def sections(systems: Systems) -> list[Section]:
    """Return the sections of the framework's settings and of those of systems.

    Raises:
        ConfigurationError: two settings have the same name.
    """
    found = [FRAMEWORK, *(Section(model, system) for system, model in systems.items())]
    names = set(ENGINE.settings)
    for section in found:
        for each in section.settings.values():
            if each.name in names:
                raise ConfigurationError(
                    f"system {section.system!r}: setting {each.field!r} has the name {each.name!r} of another setting; "
                    "rename the system or its setting"
                )
            names.add(each.name)
    return found


def _tools(environment: Mapping[str, str]) -> dict[str, Path]:
    tools = {}
    for variable, text in environment.items():
        if variable.startswith(TOOL_PREFIX) and text:
            name = variable.removeprefix(TOOL_PREFIX).lower().replace("_", "-")
            tools[name] = Path(text)
    return tools
