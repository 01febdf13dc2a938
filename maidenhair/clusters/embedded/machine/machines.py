"""The machines of a cluster and their states."""

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
"""The file in a node's folder that marks it as stopped on purpose. It stays until the node has started again."""


class State(StrEnum):
    """The state of a machine. DEAD means that it is not running although it was not stopped on purpose."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    DEAD = "dead"


class Machines:
    """The machines of one cluster.

    Args:
        layout: the cluster's folders.
        record: the cluster's record.
    """

    def __init__(self, layout: Layout, record: Record) -> None:
        self._layout = layout
        self._namespaces = record.profile == "node"
        count = record.nodes if self._namespaces else 0
        self._numbers = {node_name(number): number for number in range(1, count + 1)}
        self.control_plane = self._at(CONTROL_PLANE)
        self.nodes = tuple(self._at(name) for name in self._numbers)

    @property
    def all(self) -> tuple[Machine, ...]:
        """The control plane and the nodes."""
        return (self.control_plane, *self.nodes)

    def number(self, node: Machine) -> int:
        """Return a node's number, counted from 1."""
        return self._numbers[node.name]

    def node(self, name: str) -> Machine:
        """Return the node with a name.

        Raises:
            ClusterError: there is no such node; the message lists the nodes.
        """
        return self._find("node", name, self.nodes)

    def machine(self, name: str) -> Machine:
        """Return the machine with a name: a node or the control plane.

        Raises:
            ClusterError: there is no such machine; the message lists the machines.
        """
        return self._find("machine", name, self.all)

    def _find(self, kind: str, name: str, machines: Sequence[Machine]) -> Machine:
        for machine in machines:
            if machine.name == name:
                return machine
        names = ", ".join(machine.name for machine in machines) or "none"
        raise ClusterError(
            f"cluster {self._layout.name!r} has no {kind} {name!r}; its {kind}s: {names}"
        )

    def states(self) -> Mapping[str, State]:
        """Return the state of each machine, by name, from one listing of all processes."""
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

    def _at(self, name: str) -> Machine:
        return Machine(name, self._layout.machine(name), self._namespaces)
