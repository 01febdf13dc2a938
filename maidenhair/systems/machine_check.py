"""A check of the machine, as `maidenhair doctor` shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MachineCheck:
    """A check of something that runs need on the machine.

    Attributes:
        name: its name, for example "C++ compiler".
        found: what was found, for example a version; empty if it is missing.
        missing: what is wrong; empty if nothing is.
        without: what does not work without it, and what still works.
        command: what the user can do.
        required: whether clusters with nodes need it.

    Example:
        >>> check = MachineCheck("widgetctl", found="", missing="widgetctl is not on PATH", without="no Widgets")
        >>> check.required
        False
    """

    name: str
    found: str
    missing: str = ""
    without: str = ""
    command: str = ""
    required: bool = False
