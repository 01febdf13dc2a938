"""What a kind provider can do to its nodes, and how it shows what they print: through the engine, on containers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain

from maidenhair.clusters.kind.cluster import KindCluster
from maidenhair.clusters.kind.container_engine import Container, Engine
from maidenhair.clusters.kind.nodes import await_nodes
from maidenhair.clusters.kind.record import Record
from maidenhair.clusters.provider import LogLine
from maidenhair.errors import ClusterError

UNITS = ("kubelet", "containerd")
"""Components that systemd runs on every node."""
STATIC_PODS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
"""Components that the kubelet of a control-plane node runs."""
CONSOLE = "console"
"""What a node's own container prints, as its component of that name."""


class KindNodes:
    """The faults of the nodes of one kind cluster, and the logs of their components.

    It is the part of a provider that satisfies the protocols NodeFaults and ComponentLogs.

    Args:
        cluster: the cluster.
    """

    def __init__(self, cluster: KindCluster) -> None:
        self._cluster = cluster

    def stop_node(self, name: str) -> None:
        """Stop a node at once, as a power cut does; its disk stays.

        Raises:
            ClusterError: no cluster runs, or it has no such node; the text names those there are.
        """
        with self._cluster.locked():
            record, engine, node = self._cluster.node(name)
            self._cluster.write(replace(record, stopped=tuple(sorted({*record.stopped, name}))))
            if node.state == "paused":
                engine.resume(name)
            if node.state in ("running", "paused"):
                engine.stop(name)

    def start_node(self, name: str) -> None:
        """Start a node that was stopped, with its data; return when the API has it Ready.

        Raises:
            ClusterError: as `stop_node`, or the node did not become Ready.
        """
        with self._cluster.locked():
            record, engine, node = self._cluster.node(name)
            since = datetime.now(UTC)
            if node.state != "running":
                engine.start(name)
            stopped = tuple(each for each in record.stopped if each != name)
            self._cluster.write(replace(record, stopped=stopped))
        if node.state != "running":
            self._await(record, name, since)

    def pause_node(self, name: str) -> None:
        """Freeze every process of a node.

        Raises:
            ClusterError: as `stop_node`, or the node is stopped.
        """
        with self._cluster.locked():
            _, engine, node = self._cluster.node(name)
            if node.state == "running":
                engine.pause(name)
            elif node.state != "paused":
                raise ClusterError(f"node {name} does not run (it is {node.state}): start it first")

    def resume_node(self, name: str) -> None:
        """Let a paused node go on; return when the API has it Ready.

        Raises:
            ClusterError: as `start_node`.
        """
        with self._cluster.locked():
            record, engine, node = self._cluster.node(name)
            since = datetime.now(UTC)
            if node.state == "paused":
                engine.resume(name)
        if node.state == "paused":
            self._await(record, name, since)

    def restart(self, machine: str, component: str | None = None) -> None:
        """Kill one component of a node, or a whole node, and start it with the same flags and data.

        Raises:
            ClusterError: as `start_node`, or the node has no such component.
        """
        if component is None:
            self.stop_node(machine)
            self.start_node(machine)
            return
        record, engine, node = self._cluster.node(machine)
        known = components_of(node)
        if component not in known:
            raise ClusterError(f"{machine} has no {component}; there are {', '.join(known)}")
        since = datetime.now(UTC)
        if component in UNITS:
            engine.execute(machine, "systemctl", "kill", "--signal=KILL", component)
            engine.execute(machine, "systemctl", "restart", component)
        else:
            found = engine.execute(machine, "crictl", "ps", "--quiet", "--name", f"^{component}$")
            # The kubelet starts it again.
            engine.execute(machine, "crictl", "stop", "--timeout=0", *found.split())
        self._await(record, machine, since)

    def logs(
        self,
        machine: str | None = None,
        component: str | None = None,
        tail: int | None = None,
        follow: bool = False,
    ) -> Iterator[LogLine]:
        """Yield the lines that nodes and their components printed, one component after the other.

        Args:
            machine: this node's alone.
            component: this component's alone: kubelet, containerd, or console (what the node itself prints).
            tail: only so many last lines of each component.
            follow: go on with what they print from now on, until the iterator is closed; of one component only.

        Raises:
            ClusterError: there is no cluster, or no such node or component; the text names those there are.
        """
        record, engine, nodes = self._cluster.running()
        if machine is not None:
            nodes = [self._cluster.node(machine)[2]]
        known = (*UNITS, CONSOLE)
        if component is not None and component not in known:
            raise ClusterError(
                f"a kind node has no log of {component}; there are {', '.join(known)}"
            )
        wanted = [
            (node.name, each) for node in nodes for each in known if component in (None, each)
        ]
        if follow and len(wanted) > 1:
            raise ClusterError(
                f"of {record.configuration} only one component can be followed: name a node and a component"
            )
        return chain.from_iterable(_log(engine, node, each, tail, follow) for node, each in wanted)

    def _await(self, record: Record, name: str, since: datetime) -> None:
        with closing(self._cluster.kube(record)) as kube:
            await_nodes(kube, [name], since)


def components_of(node: Container) -> tuple[str, ...]:
    """Return the components that can be restarted on a node."""
    return (*UNITS, *STATIC_PODS) if node.role == "control-plane" else UNITS


def _log(
    engine: Engine, node: str, component: str, tail: int | None, follow: bool
) -> Iterator[LogLine]:
    for text in engine.lines(*_log_command(node, component, tail, follow)):
        yield LogLine(node, component, text)


def _log_command(node: str, component: str, tail: int | None, follow: bool) -> Sequence[str]:
    if component == CONSOLE:
        command = ["logs"]
        command += [f"--tail={tail}"] if tail is not None else []
        return [*command, *(["--follow"] if follow else []), node]
    command = ["exec", node, "journalctl", "--no-pager", "--output=cat", f"--unit={component}"]
    command += [f"--lines={tail}"] if tail is not None else []
    return [*command, *(["--follow"] if follow else [])]
