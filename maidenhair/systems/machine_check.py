"""Something that this machine has or lacks, as `maidenhair doctor` shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MachineCheck:
    """One thing of the machine.

    Attributes:
        name: what was looked for.
        found: what there is of it; empty if it is missing.
        missing: why it does not serve; empty if it does.
        without: what cannot be done without it, and what still can.
        command: what helps.
        required: whether no cluster with nodes can be used without it.

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
