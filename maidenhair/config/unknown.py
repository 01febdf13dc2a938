"""Checks for names that are not settings: misspelt names, and old names of renamed settings."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from maidenhair.config.declaration import Section, Setting
from maidenhair.config.layers import PYPROJECT, read_table, read_value
from maidenhair.config.renames import RENAMES, Rename
from maidenhair.errors import ConfigurationError

PREFIX = "MAIDENHAIR_"
SIMILARITY = 0.8
"""The similarity, up to 1, from which an unknown name counts as a misspelt setting."""


def check_names(
    sections: Sequence[Section],
    explicit: Mapping[str, Any],
    environment: Mapping[str, str] | None = None,
    pyproject: Path | None = None,
) -> None:
    """Check that variables and keys are names of settings.

    Args:
        sections: all settings.
        explicit: values by setting, from a command line.
        environment: the environment. Variables that are similar to no setting are ignored.
        pyproject: the file with `[tool.maidenhair]`. Each key must be a setting or a table.

    Raises:
        ConfigurationError: a name is misspelt, unknown or old. The message names the setting.
    """
    environment = os.environ if environment is None else environment
    _check_variables(sections, environment)
    _check_renamed_variables(sections, explicit, environment, pyproject or PYPROJECT)
    _check_keys(sections, pyproject or PYPROJECT)


def check_explicit(sections: Sequence[Section], explicit: Mapping[str, Any]) -> None:
    """Check that values from a command line belong to these settings.

    Raises:
        ConfigurationError: a name is unknown. The message names the setting that is similar.
    """
    names = [each.name for each in _settings(sections)]
    for name in explicit:
        if name not in names:
            renamed = [each.name for each in RENAMES if each.key == name]
            raise ConfigurationError(
                f"there is no setting {name!r}; {_suggestion(name, names, renamed)}"
            )


def check_renamed_defines(sections: Sequence[Section], userdata: Mapping[str, Any]) -> None:
    """Check that `-D` options of behave are not old names of settings.

    A suite may use the same name for its own data, so only a value that the setting allows is an error.

    Raises:
        ConfigurationError: an option is the old name of a setting. The message contains the new name.
    """
    for rename, section, setting in _renamed(sections):
        if rename.key in userdata and setting.define not in userdata:
            old = f"-D {rename.key}"
            _refuse_if_allowed(section, setting, userdata[rename.key], old, f"-D {setting.define}")


def _check_variables(sections: Sequence[Section], environment: Mapping[str, str]) -> None:
    ours = [each.variable.removeprefix(PREFIX) for each in _settings(sections)]
    for variable in environment:
        name = variable.removeprefix(PREFIX)
        if name == variable or name in ours:
            continue
        if close := get_close_matches(name, ours, n=1, cutoff=SIMILARITY):
            raise ConfigurationError(
                f"{variable}: there is no such variable; did you mean {PREFIX}{close[0]}?"
            )


def _check_renamed_variables(
    sections: Sequence[Section],
    explicit: Mapping[str, Any],
    environment: Mapping[str, str],
    pyproject: Path,
) -> None:
    """Check that variables are not old names of settings.

    Other programs use variables such as OPERATOR, too. So a variable is an error only if its system is active, the
    setting has no value under its new name, and the setting allows the value.
    """
    for rename, section, setting in _renamed(sections):
        value = environment.get(rename.variable)
        if value and not environment.get(setting.variable) and not explicit.get(setting.name):
            _refuse_if_allowed(section, setting, value, rename.variable, setting.variable)


def _refuse_if_allowed(section: Section, setting: Setting, value: Any, old: str, new: str) -> None:
    try:
        read_value(section, setting, value, old)
    except ConfigurationError:
        return
    raise ConfigurationError(
        f"{old}={value}: this setting was renamed: set {new}, and unset {old} if no other program needs it"
    )


def _renamed(sections: Sequence[Section]) -> Iterable[tuple[Rename, Section, Setting]]:
    there = {
        each.name: (section, each) for section in sections for each in section.settings.values()
    }
    return ((each, *there[each.name]) for each in RENAMES if each.name in there)


def _check_keys(sections: Sequence[Section], pyproject: Path) -> None:
    table = read_table(pyproject)
    systems = {section.system: section for section in sections if section.system}
    keys = [key for section in sections if not section.system for key in section.settings]
    for key, value in table.items():
        if isinstance(value, Mapping):
            # Tables of inactive systems are allowed.
            close = [] if key in systems else get_close_matches(key, systems, 1, SIMILARITY)
            if close:
                raise ConfigurationError(
                    f"{pyproject}: [tool.maidenhair.{key}]: there is no such system; did you mean {close[0]}?"
                )
        elif key not in keys and key not in systems:
            renamed = [
                f"[tool.maidenhair.{each.system}] {each.field}"
                for each in RENAMES
                if each.key == key
            ]
            raise ConfigurationError(
                f"{pyproject}: [tool.maidenhair] has no setting {key!r}; {_suggestion(key, keys, renamed)}"
            )
    for system, section in systems.items():
        _check_system_keys(pyproject, section, table.get(system, {}))


def _check_system_keys(pyproject: Path, section: Section, table: Any) -> None:
    keys = list(section.settings)
    if not isinstance(table, Mapping):
        raise ConfigurationError(
            f"{pyproject}: [tool.maidenhair] {section.system}={table!r} is not a table of settings"
        )
    for key in table:
        if key not in keys:
            raise ConfigurationError(
                f"{pyproject}: [tool.maidenhair.{section.system}] has no setting {key!r}; {_suggestion(key, keys, [])}"
            )


def _settings(sections: Sequence[Section]) -> list[Setting]:
    return [each for section in sections for each in section.settings.values()]


def _suggestion(name: str, names: Sequence[str], renamed: Sequence[str]) -> str:
    if renamed:
        return f"it was renamed to {renamed[0]}"
    if close := get_close_matches(name, names, n=1, cutoff=SIMILARITY):
        return f"did you mean {close[0]}? Allowed: {', '.join(names)}"
    return f"allowed: {', '.join(names) or 'none'}"
