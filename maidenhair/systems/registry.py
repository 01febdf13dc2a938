"""The registry: finds systems under test by name and imports them. No other module imports one."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from maidenhair.config import Settings, SystemSettings, active_systems, load_settings
from maidenhair.errors import ConfigurationError
from maidenhair.systems.system import System

GROUP = "maidenhair.systems"
"""The group of entry points that name systems."""


def load_systems(names: Iterable[str]) -> tuple[System, ...]:
    """Import systems. Return them in the order of their names.

    Args:
        names: entry points of the group `maidenhair.systems`, or `module:Class` with a module that can be imported
            from the current folder.

    Raises:
        ConfigurationError: a system is unknown, cannot be imported or is not a `System`, or two systems have the same
            name or capability.

    Example:
        >>> load_systems([])
        ()
    """
    known = {each.name: each for each in entry_points(group=GROUP)}
    systems = tuple(_load(name, known) for name in dict.fromkeys(names))
    _check_unique("the name", [(each.name, each.name) for each in systems])
    _check_unique(
        "the capability",
        [(ability.name, each.name) for each in systems for ability in each.capabilities()],
    )
    return systems


def settings_of(systems: Iterable[System]) -> dict[str, type[SystemSettings]]:
    """Return the class of each system's settings, by the system's name."""
    return {each.name: each.settings() for each in systems}


def load_run_settings(
    explicit: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    pyproject: Path | None = None,
) -> Settings:
    """Load the settings of a run, with those of the active systems.

    The arguments are those of `maidenhair.config.load_settings`.

    Raises:
        ConfigurationError: a system is unknown, or a setting is wrong.
    """
    names = active_systems(explicit, environment, pyproject)
    return load_settings(explicit, environment, pyproject, settings_of(load_systems(names)))


def known_systems() -> tuple[str, ...]:
    """Return the names of all installed systems, active or not."""
    return tuple(sorted({each.name for each in entry_points(group=GROUP)}))


def _load(name: str, known: Mapping[str, EntryPoint]) -> System:
    reference = name if ":" in name else known[name].value if name in known else None
    if reference is None:
        names = ", ".join(sorted(known)) or "none"
        raise ConfigurationError(
            f"systems: there is no system {name!r}; installed systems: {names}. Install the package that "
            f"contains it, or name its class as module:Class"
        )
    try:
        kind = _imported(reference)
    except Exception as error:
        raise ConfigurationError(
            f"systems: {name!r} ({reference}) could not be imported: {type(error).__name__}: {error}; "
            f"install its dependencies; for a system of maidenhair, run `pip install maidenhair[{name}]`"
        ) from error
    if not (isinstance(kind, type) and issubclass(kind, System)):
        raise ConfigurationError(
            f"systems: {name!r} ({reference}) is not a subclass of maidenhair.System"
        )
    system = kind()
    if not str(getattr(system, "name", "")).isidentifier():
        raise ConfigurationError(
            f"systems: {name!r} ({reference}) needs a class attribute `name` that is a Python identifier"
        )
    return system


def _imported(reference: str) -> object:
    module, _, attribute = reference.partition(":")
    here = str(Path.cwd())
    if here not in sys.path:
        # sys.path of a command begins with the folder of its script, not of the project.
        sys.path.append(here)
    return getattr(import_module(module), attribute)


def _check_unique(what: str, pairs: list[tuple[str, str]]) -> None:
    owners: dict[str, str] = {}
    for name, owner in pairs:
        if name in owners:
            raise ConfigurationError(
                f"systems: {owners[name]!r} and {owner!r} both have {what} {name!r}; activate one of them"
            )
        owners[name] = owner
