"""The registry: finds systems under test by name and imports them. No other module imports one."""

from __future__ import annotations

import keyword
import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import MappingProxyType
from typing import Any

from maidenhair.config import Settings, SystemSettings, active_systems, load_settings
from maidenhair.errors import ConfigurationError
from maidenhair.systems.system import System

GROUP = "maidenhair.systems"
"""The group of entry points that name systems."""
RESERVED = frozenset(
    [
        "abort",
        "aborted",
        "active_outline",
        "add_cleanup",
        "attach",
        "captured",
        "cleanup_errors",
        "config",
        "execute_steps",
        "fail_on_cleanup_errors",
        "failed",
        "feature",
        "ignore_cleanup_error",
        "log_capture",
        "outcome",
        "print_cleanup_error",
        "rule",
        "run_value",
        "scenario",
        "spec",
        "stderr_capture",
        "stdout_capture",
        "table",
        "tags",
        "text",
        "use_or_assign_param",
        "use_or_create_param",
        "use_with_user_mode",
        "user_mode",
    ]
)
"""The attributes of behave's context and of the framework, which steps could not use if a system had their name."""


def load_systems(names: Iterable[str]) -> tuple[System, ...]:
    """Import systems. Return them in the order of their names.

    Args:
        names: entry points of the group `maidenhair.systems`, or `module:Class` with a module that can be imported
            from the current folder.

    Raises:
        ConfigurationError: a system is unknown, cannot be imported or is not a `System`, its name cannot be used, or
            two systems have the same name, capability, recipe of an image or mount.

    Example:
        >>> load_systems([])
        ()
    """
    known = {each.name: each for each in entry_points(group=GROUP)}
    systems = tuple(_load(name, known) for name in dict.fromkeys(names))
    for what, names_of in _UNIQUE.items():
        _check_unique(what, [(name, each.name) for each in systems for name in names_of(each)])
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
    chosen = str(getattr(system, "name", ""))
    if not chosen.isidentifier() or keyword.iskeyword(chosen):
        raise ConfigurationError(
            f"systems: {name!r} ({reference}) needs a class attribute `name` that is a Python identifier"
        )
    if chosen in RESERVED:
        raise ConfigurationError(
            f"systems: {name!r} ({reference}) is named {chosen!r}, but `context.{chosen}` has another meaning in "
            "steps; choose another name"
        )
    return system


def _imported(reference: str) -> object:
    module, _, attribute = reference.partition(":")
    here = str(Path.cwd())
    if here not in sys.path:
        # sys.path of a command begins with the folder of its script, not of the project.
        sys.path.append(here)
    return getattr(import_module(module), attribute)


_UNIQUE: Mapping[str, Callable[[System], Iterable[str]]] = MappingProxyType(
    {
        "the name": lambda system: [system.name],
        "the capability": lambda system: [each.name for each in system.capabilities()],
        "the recipe of the image": lambda system: [*system.recipes()],
        "the mount": lambda system: [*system.mounts()],
    }
)


def _check_unique(what: str, pairs: list[tuple[str, str]]) -> None:
    owners: dict[str, str] = {}
    for name, owner in pairs:
        if name in owners:
            raise ConfigurationError(
                f"systems: {owners[name]!r} and {owner!r} both have {what} {name!r}; activate one of them"
            )
        owners[name] = owner
