"""Names that are no settings: misspelt ones, and those of settings that were renamed."""

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
LIKENESS = 0.8
"""How like a setting's name an unknown one has to be to be taken for a misspelling; 1 is the same."""


def check_names(
    sections: Sequence[Section],
    explicit: Mapping[str, Any],
    environment: Mapping[str, str] | None = None,
    pyproject: Path | None = None,
) -> None:
    """Refuse names that are no settings' but could be meant so.

    Args:
        sections: the settings that there are.
        explicit: values by setting, from a command line.
        environment: the environment; variables that resemble none of the settings' may be anybody's.
        pyproject: the file with `[tool.maidenhair]`; each key has to be a setting's, or a table.

    Raises:
        ConfigurationError: there is such a name; the text names the setting that was meant.
    """
    environment = os.environ if environment is None else environment
    _check_variables(sections, environment)
    _check_renamed_variables(sections, explicit, environment, pyproject or PYPROJECT)
    _check_keys(sections, pyproject or PYPROJECT)


def check_explicit(sections: Sequence[Section], explicit: Mapping[str, Any]) -> None:
    """Refuse values that are not of these settings.

    Raises:
        ConfigurationError: there is one; the text names the setting that was meant.
    """
    names = [each.name for each in _settings(sections)]
    for name in explicit:
        if name not in names:
            renamed = [each.name for each in RENAMES if each.key == name]
            raise ConfigurationError(
                f"there is no setting {name!r}; {_meant(name, names, renamed)}"
            )


def check_renamed_defines(sections: Sequence[Section], userdata: Mapping[str, Any]) -> None:
    """Refuse old names in behave's `-D`, as `check_names` refuses old variables: a suite may have data named so.

    Raises:
        ConfigurationError: there is one whose value the setting could have; the text has the new name.
    """
    for rename, section, setting in _renamed(sections):
        if rename.key in userdata and setting.define not in userdata:
            old = f"-D {rename.key}"
            _refuse_if_meant(section, setting, userdata[rename.key], old, f"-D {setting.define}")


def _check_variables(sections: Sequence[Section], environment: Mapping[str, str]) -> None:
    ours = [each.variable.removeprefix(PREFIX) for each in _settings(sections)]
    for variable in environment:
        name = variable.removeprefix(PREFIX)
        if name == variable or name in ours:
            continue
        if meant := get_close_matches(name, ours, n=1, cutoff=LIKENESS):
            raise ConfigurationError(
                f"{variable}: there is no such variable; did you mean {PREFIX}{meant[0]}?"
            )


def _check_renamed_variables(
    sections: Sequence[Section],
    explicit: Mapping[str, Any],
    environment: Mapping[str, str],
    pyproject: Path,
) -> None:
    """Refuse old variables that could be meant for us.

    Names such as OPERATOR are anybody's. One is taken for ours if its setting is there (its system is active), has no
    value under its new name from the environment or a command line, and could have this value. Whoever means
    something else by it sets the new name, or unsets the old.
    """
    for rename, section, setting in _renamed(sections):
        value = environment.get(rename.variable)
        if value and not environment.get(setting.variable) and not explicit.get(setting.name):
            _refuse_if_meant(section, setting, value, rename.variable, setting.variable)


def _refuse_if_meant(section: Section, setting: Setting, value: Any, old: str, new: str) -> None:
    try:
        read_value(section, setting, value, old)
    except ConfigurationError:
        return
    raise ConfigurationError(
        f"{old}={value}: this setting is now named {new}; set that, and unset {old} if nothing else needs it"
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
            # The table of a system, active or not, or one that declares a system.
            meant = [] if key in systems else get_close_matches(key, systems, 1, LIKENESS)
            if meant:
                raise ConfigurationError(
                    f"{pyproject}: [tool.maidenhair.{key}]: there is no such system; did you mean {meant[0]}?"
                )
        elif key not in keys and key not in systems:
            renamed = [
                f"[tool.maidenhair.{each.system}] {each.field}"
                for each in RENAMES
                if each.key == key
            ]
            raise ConfigurationError(
                f"{pyproject}: [tool.maidenhair] has no setting {key!r}; {_meant(key, keys, renamed)}"
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
                f"{pyproject}: [tool.maidenhair.{section.system}] has no setting {key!r}; {_meant(key, keys, [])}"
            )


def _settings(sections: Sequence[Section]) -> list[Setting]:
    return [each for section in sections for each in section.settings.values()]


def _meant(name: str, names: Sequence[str], renamed: Sequence[str]) -> str:
    if renamed:
        return f"it is now named {renamed[0]}"
    if close := get_close_matches(name, names, n=1, cutoff=LIKENESS):
        return f"did you mean {close[0]}? Allowed: {', '.join(names)}"
    return f"allowed: {', '.join(names) or 'none'}"
