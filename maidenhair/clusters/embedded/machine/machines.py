"""The machines of a cluster, and what state each is in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from maidenhair.clusters.embedded.layout import CONTROL_PLANE, Layout, node_name
from maidenhair.clusters.embedded.machine.machine import Machine
from maidenhair.clusters.embedded.record import Record
from maidenhair.clusters.processes import is_frozen, marked_processes
from maidenhair.errors import ClusterError

STOPPED = "stopped"
"""The file of a node's folder that says that it was stopped on purpose, or is not yet whole again after that."""


class State(StrEnum):
    """The state of a machine: dead is one that ended though nobody stopped it."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    DEAD = "dead"


class Machines:
    """The machines of one cluster.

    Args:
        layout: the cluster's folders.
        record: what it is made of.
    """

    def __init__(self, layout: Layout, record: Record) -> None:
        self._layout = layout
        self._namespaces = record.profile == "node"
        count = record.nodes if self._namespaces else 0
        self._numbers = {node_name(number): number for number in range(1, count + 1)}
        self.control_plane = self._machine(CONTROL_PLANE)
        self.nodes = tuple(self._machine(name) for name in self._numbers)

    @property
    def all(self) -> tuple[Machine, ...]:
        """The control plane and the nodes."""
        return (self.control_plane, *self.nodes)

    def number(self, node: Machine) -> int:
        """Return a node's number."""
        return self._numbers[node.name]

    def node(self, name: str) -> Machine:
        """Return the node of a name.

        Raises:
            ClusterError: there is none; the text names those there are.
        """
        return self._find(name, "node", self.nodes)

    def named(self, name: str) -> Machine:
        """Return the machine of a name, a node or the control plane.

        Raises:
            ClusterError: there is none; the text names those there are.
        """
        return self._find(name, "machine", self.all)

    def _find(self, name: str, what: str, machines: Sequence[Machine]) -> Machine:
        for machine in machines:
            if machine.name == name:
                return machine
        there = ", ".join(machine.name for machine in machines) or "none"
        raise ClusterError(
            f"cluster {self._layout.name!r} has no {what} {name!r}; there are: {there}"
        )

    def states(self) -> Mapping[str, State]:
        """Return the state of each machine, from one look at the processes."""
        alive: set[Path] = set()
        frozen: set[Path] = set()
        for process, folder in marked_processes(self._layout.folder):
            alive.add(folder)
            if is_frozen(process):
                frozen.add(folder)

        def state(machine: Machine) -> State:
            if (machine.folder / STOPPED).exists():
                return State.STOPPED
            if machine.folder not in alive:
                return State.DEAD
            return State.PAUSED if machine.folder in frozen else State.RUNNING

        return {machine.name: state(machine) for machine in self.all}

    def _machine(self, name: str) -> Machine:
        return Machine(name, self._layout.machine(name), self._namespaces)
