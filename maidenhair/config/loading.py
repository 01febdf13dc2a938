"""Load the settings of the framework and of the active systems."""

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
    """Return the names of the active systems under test, in the order given; installing one activates nothing.

    Args:
        explicit: the names, or the values of a command line by setting, of which only `systems` counts.
        environment: the environment; the process's own by default.
        pyproject: the file with `[tool.maidenhair]`; `pyproject.toml` in the current folder by default.

    Raises:
        ConfigurationError: a value is no list of names.
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
    """Return the settings in force.

    Args:
        explicit: values by setting, from a command line; a text is read as in the environment; `None` and an
            empty text do not count. A system's settings are named as in "skytorch_operator".
        environment: the environment; the process's own by default.
        pyproject: the file with `[tool.maidenhair]`; `pyproject.toml` in the current folder by default.
        systems: the settings that the active systems declare, by system.

    Raises:
        ConfigurationError: an unknown setting, a value that is not allowed, or settings that do not go together.
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
    """Return the settings among behave's userdata, which `-D NAME=VALUE` gives, for `load_settings`.

    Args:
        userdata: the userdata; what is named otherwise is the suite's own.
        systems: the settings that the active systems declare, by system.

    Raises:
        ConfigurationError: a value that is not allowed, or the old name of a setting that was renamed.
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
        ConfigurationError: a system's setting has the name of another setting.
    """
    found = [FRAMEWORK, *(Section(model, system) for system, model in systems.items())]
    names = set(ENGINE.settings)
    for section in found:
        for each in section.settings.values():
            if each.name in names:
                raise ConfigurationError(
                    f"system {section.system!r}: setting {each.field!r} is named {each.name!r}, as another setting is; "
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
