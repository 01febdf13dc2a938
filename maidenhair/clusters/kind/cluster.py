"""One kind cluster as it is: its record, its containers, its API."""

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
    """The cluster of one name, whether it is there or not.

    Args:
        layout: where it keeps its files.
        progress: where a wait for its lock is reported.
    """

    def __init__(self, layout: Layout, progress: Progress) -> None:
        self.layout = layout
        self._progress = progress

    @property
    def name(self) -> str:
        """Its name, for kind too."""
        return self.layout.name

    def locked(self) -> AbstractContextManager[None]:
        """Hold the lock of whoever changes the cluster."""
        return cluster_lock(self.layout.folder, self.name, self._progress)

    def record(self) -> Record | None:
        """Return its record, None if there is none."""
        return read_record(self.layout.record)

    def write(self, record: Record) -> None:
        """Write its record."""
        write_record(self.layout.record, record)

    def containers(self, engine: Engine) -> list[Container]:
        """Return its containers, in whatever state.

        Raises:
            ClusterError: the engine did not answer, or kind has a cluster of this name that was not made here.
        """
        found = engine.containers(self.name)
        nodes = [container for container in found if container.is_node]
        foreign = [node.name for node in nodes if not self._is_ours(node)]
        # A load balancer alone is what an interrupted creation may leave; it has no mark.
        if foreign or (found and not nodes and self.record() is None):
            others = ", ".join(foreign or (container.name for container in found))
            raise ClusterError(
                f"the name is taken: {engine.name} has a kind cluster {self.name!r} that was not made here ({others}), "
                "and it is left alone; choose another name (MAIDENHAIR_CLUSTER_NAME), or remove it yourself "
                f"(`kind delete cluster --name {self.name}`)"
            )
        return found

    def running(self) -> tuple[Record, Engine, list[Container]]:
        """Return its record, its engine and its nodes.

        Raises:
            ClusterError: it did not come up yet, or as `containers`.
        """
        record = self.record()
        if record is None or not record.complete:
            raise ClusterError(f"no cluster {self.name!r} runs; `maidenhair cluster up` starts one")
        engine = Engine(record.engine)
        return record, engine, [each for each in self.containers(engine) if each.is_node]

    def node(self, name: str) -> tuple[Record, Engine, Container]:
        """Return its record, its engine and one of its nodes.

        Raises:
            ClusterError: it has no such node; the text names those there are. Or as `running`.
        """
        record, engine, nodes = self.running()
        for node in nodes:
            if node.name == name:
                return record, engine, node
        known = ", ".join(node.name for node in nodes)
        raise ClusterError(f"cluster {self.name!r} has no node {name}; there are {known}")

    def kube(self, record: Record) -> Kube:
        """Return its API, as the administrator; to be closed."""
        return Kube.from_kubeconfig(
            self.layout.kubeconfig, self.layout.context, Path(record.kubectl)
        )

    def _is_ours(self, node: Container) -> bool:
        # An engine in a virtual machine puts a folder of its own before the path.
        return any(mount.endswith(str(self.layout.mark)) for mount in node.mounts)


def capabilities_of(workers: int) -> frozenset[str]:
    """Return the capabilities of a cluster of which so many nodes take pods."""
    several = {"multi-node"} if workers > 1 else set()
    return CLUSTER_CAPABILITIES | NODE_CAPABILITIES | {"node-faults", *several}
