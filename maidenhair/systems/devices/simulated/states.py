"""The simulated nodes of a spec, as their device plugins see them: the devices, and whether the plugins respond."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from maidenhair.systems.devices.simulated.node import SimulatedNode


class NodeStates:
    """The simulated nodes of a spec. A report of a node never shows a state that was changed before the report.

    Example:
        >>> states = NodeStates()
        >>> states.put(SimulatedNode("one", "one-1"))
        >>> states.stop("one")
        >>> states.active()
        []

    Attributes:
        nodes: the nodes, by their names in the spec.
    """

    def __init__(self) -> None:
        self.nodes: dict[str, SimulatedNode] = {}
        self._stopped: set[str] = set()
        self._lock = threading.RLock()

    def put(self, node: SimulatedNode) -> None:
        """Add or replace a node, as soon as no report is being written."""
        with self._lock:
            self.nodes[node.name] = node

    def remove(self, name: str) -> SimulatedNode:
        """Remove a node, as soon as no report is being written, and return it; raise KeyError if there is none."""
        with self._lock:
            return self.nodes.pop(name)

    def stop(self, name: str) -> None:
        """Stop the plugins of a node, as soon as no report is being written."""
        with self._lock:
            self._stopped.add(name)

    def start(self, name: str) -> None:
        """Start the plugins of a node again."""
        with self._lock:
            self._stopped.discard(name)

    def responds(self, name: str) -> bool:
        """Return whether the plugins of a node run."""
        return name not in self._stopped

    def active(self) -> list[SimulatedNode]:
        """Return the nodes whose device plugins run."""
        with self._lock:
            return [node for name, node in self.nodes.items() if name not in self._stopped]

    @contextmanager
    def reported(self, name: str) -> Iterator[SimulatedNode | None]:
        """Hold a node's state while a report of it is written; None if its plugins do not run or it is gone."""
        with self._lock:
            yield self.nodes.get(name) if name not in self._stopped else None
