"""One kind cluster: its record, containers and API."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from maidenhair._util.progress import Progress
from maidenhair.clusters.kind.container_engine import Container, Engine
from maidenhair.clusters.kind.layout import Layout
from maidenhair.clusters.kind.record import Record, read_record, write_record
from maidenhair.clusters.locking import cluster_lock
from maidenhair.clusters.provider import CLUSTER_CAPABILITIES, NODE_CAPABILITIES
from maidenhair.errors import ClusterError
from maidenhair.kube import Kube


class KindCluster:
    """The cluster of one name, whether it exists or not.

    Args:
        layout: the cluster's files.
        progress: where a wait for its lock is reported.
    """

    def __init__(self, layout: Layout, progress: Progress) -> None:
        self.layout = layout
        self._progress = progress

    @property
    def name(self) -> str:
        """The cluster's name, which is also its name in kind."""
        return self.layout.name

    def locked(self) -> AbstractContextManager[None]:
        """Hold the cluster's lock during the `with` block."""
        return cluster_lock(self.layout.folder, self.name, self._progress)

    def record(self) -> Record | None:
        """Return the cluster's record; None if there is none."""
        return read_record(self.layout.record)

    def write(self, record: Record) -> None:
        """Write the cluster's record."""
        write_record(self.layout.record, record)

    def containers(self, engine: Engine) -> list[Container]:
        """Return the cluster's containers, in any state.

        Raises:
            ClusterError: the engine did not answer, or has a kind cluster of this name that maidenhair did not create.
        """
        found = engine.containers(self.name)
        nodes = [container for container in found if container.is_node]
        foreign = [node.name for node in nodes if not self._is_ours(node)]
        # An interrupted creation may leave a load balancer alone, which has no mark.
        if foreign or (found and not nodes and self.record() is None):
            others = ", ".join(foreign or (container.name for container in found))
            raise ClusterError(
                f"the name is taken: {engine.name} has a kind cluster {self.name!r} that maidenhair did not create "
                f"({others}); choose another name with MAIDENHAIR_CLUSTER_NAME, or remove that cluster with "
                f"`kind delete cluster --name {self.name}`"
            )
        return found

    def running(self) -> tuple[Record, Engine, list[Container]]:
        """Return the record, the engine and the nodes of the running cluster.

        Raises:
            ClusterError: the cluster does not exist or is incomplete; or as `containers`.
        """
        record = self.record()
        if record is None or not record.complete:
            raise ClusterError(
                f"there is no running cluster {self.name!r}; create it with `maidenhair cluster up`"
            )
        engine = Engine(record.engine)
        return record, engine, [each for each in self.containers(engine) if each.is_node]

    def node(self, name: str) -> tuple[Record, Engine, Container]:
        """Return the record, the engine and one node of the running cluster.

        Raises:
            ClusterError: there is no such node, and the message lists the nodes; or as `running`.
        """
        record, engine, nodes = self.running()
        for node in nodes:
            if node.name == name:
                return record, engine, node
        known = ", ".join(node.name for node in nodes)
        raise ClusterError(f"cluster {self.name!r} has no node {name!r}; its nodes: {known}")

    def kube(self, record: Record) -> Kube:
        """Return a client of the cluster's API as administrator. The caller closes it."""
        return Kube.from_kubeconfig(
            self.layout.kubeconfig, self.layout.context, Path(record.kubectl)
        )

    def _is_ours(self, node: Container) -> bool:
        # An engine in a virtual machine prepends a folder to the path.
        return any(mount.endswith(str(self.layout.mark)) for mount in node.mounts)


def capabilities_of(workers: int) -> frozenset[str]:
    """Return the capabilities of a cluster in which `workers` nodes run pods."""
    several = {"multi-node"} if workers > 1 else set()
    return CLUSTER_CAPABILITIES | NODE_CAPABILITIES | {"node-faults", *several}
