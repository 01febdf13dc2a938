"""The node faults and component logs of a kind cluster, by commands of the container engine."""

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
"""The components that systemd runs on every node."""
STATIC_PODS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
"""The components that the kubelet of a control-plane node runs."""
CONSOLE = "console"
"""The name of the pseudo-component whose log is the output of the node's container."""


class KindNodes:
    """The part of a kind provider that implements the protocols NodeFaults and ComponentLogs.

    Args:
        cluster: the cluster.
    """

    def __init__(self, cluster: KindCluster) -> None:
        self._cluster = cluster

    def stop_node(self, name: str) -> None:
        """Stop a node at once, like a power cut. Its disk stays.

        Raises:
            ClusterError: no cluster runs, or it has no such node; the message lists its nodes.
        """
        with self._cluster.locked():
            record, engine, node = self._cluster.node(name)
            self._cluster.write(replace(record, stopped=tuple(sorted({*record.stopped, name}))))
            if node.state == "paused":
                engine.resume(name)
            if node.state in ("running", "paused"):
                engine.stop(name)

    def start_node(self, name: str) -> None:
        """Start a stopped node with its data, and wait until the API reports it Ready.

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
                raise ClusterError(
                    f"node {name} is not running but {node.state}; start it with `maidenhair cluster start {name}`"
                )

    def resume_node(self, name: str) -> None:
        """Resume a paused node, and wait until the API reports it Ready.

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
        """Kill one component of a node, or a whole node, and start it again with the same flags and data.

        Args:
            machine: the node's name.
            component: the component's name; default: the whole node.

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
            raise ClusterError(
                f"node {machine} has no component {component!r}; it has: {', '.join(known)}"
            )
        since = datetime.now(UTC)
        if component in UNITS:
            engine.execute(machine, "systemctl", "kill", "--signal=KILL", component)
            engine.execute(machine, "systemctl", "restart", component)
        else:
            found = engine.execute(machine, "crictl", "ps", "--quiet", "--name", f"^{component}$")
            # The kubelet starts the component again.
            engine.execute(machine, "crictl", "stop", "--timeout=0", *found.split())
        self._await(record, machine, since)

    def logs(
        self,
        machine: str | None = None,
        component: str | None = None,
        tail: int | None = None,
        follow: bool = False,
    ) -> Iterator[LogLine]:
        """Yield the log lines of components, one component after the other.

        Args:
            machine: only this node; default: all.
            component: only this component: kubelet, containerd, or console (the output of the node's container);
                default: all.
            tail: only the last `tail` lines of each component; default: all.
            follow: then yield new lines as they are written, until the iterator is closed. Only one component can be
                followed.

        Raises:
            ClusterError: the cluster, node or component does not exist, or several components were to be followed.
        """
        _, engine, nodes = self._cluster.running()
        if machine is not None:
            nodes = [self._cluster.node(machine)[2]]
        known = (*UNITS, CONSOLE)
        if component is not None and component not in known:
            raise ClusterError(
                f"a kind node has no log of component {component!r}; it has logs of: {', '.join(known)}"
            )
        logs = [(node.name, each) for node in nodes for each in known if component in (None, each)]
        if follow and len(logs) > 1:
            raise ClusterError(
                f"cannot follow {len(logs)} logs at once; name one node and one component"
            )
        return chain.from_iterable(_log(engine, node, each, tail, follow) for node, each in logs)

    def _await(self, record: Record, name: str, since: datetime) -> None:
        with closing(self._cluster.kube(record)) as kube:
            await_nodes(kube, [name], since)


def components_of(node: Container) -> tuple[str, ...]:
    """Return the names of the components that can be restarted on a node."""
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
