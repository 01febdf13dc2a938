"""How a kind cluster comes up: node image, containers, readiness."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from maidenhair._util.progress import Progress
from maidenhair.clusters.kind.cluster import KindCluster
from maidenhair.clusters.kind.command import Kind
from maidenhair.clusters.kind.configuration import Configuration
from maidenhair.clusters.kind.container_engine import Container, Engine
from maidenhair.clusters.kind.nodes import await_dns, await_nodes
from maidenhair.clusters.kind.record import Record
from maidenhair.errors import ClusterError


def provide_node_image(engine: Engine, image: str, progress: Progress) -> None:
    """Pull the node image unless the engine has it.

    Raises:
        ClusterError: it cannot be pulled; the text says what to do.
    """
    if engine.has_image(image):
        return
    try:
        with progress.step(f"Pulling the node image {image}"):
            engine.pull(image)
    except ClusterError as error:
        raise ClusterError(
            f"{engine.name} has no node image {image}, and it cannot be pulled: load it "
            f"(`{engine.name} load -i ARCHIVE`), or name another that is there (MAIDENHAIR_KIND_NODE_IMAGE). {error}"
        ) from error


def create(
    cluster: KindCluster, kind: Kind, record: Record, wanted: Configuration, progress: Progress
) -> list[Container]:
    """Create a cluster whose folder is there, and wait until its nodes are Ready; return the nodes.

    Raises:
        ClusterError: kind could not, or a node did not become Ready; what was made of it stays, for its logs.
    """
    layout = cluster.layout
    layout.mark.touch()
    cluster.write(record)
    wanted.write(layout.configuration, layout.mark)
    made_of = f"{wanted.name}, {wanted.image.partition('@')[0]}"
    with progress.step(
        f"Creating the kind cluster {layout.name!r} ({made_of}) with {record.engine}"
    ):
        kind.create(layout.name, layout.configuration, wanted.image, layout.kubeconfig)
        layout.kubeconfig.chmod(0o600)
        nodes = [each for each in cluster.containers(kind.engine) if each.is_node]
        with closing(cluster.kube(record)) as kube:
            await_nodes(kube, [node.name for node in nodes])
            await_dns(kube)
    return nodes


def keep_logs(cluster: KindCluster, kind: Kind, folder: Path) -> str:
    """Keep the logs of a failed cluster's nodes below a folder, and say so; say nothing where no node runs."""
    try:
        containers = cluster.containers(kind.engine)
        if not any(each.is_node and each.state == "running" for each in containers):
            return ""
        kind.export_logs(cluster.name, folder)
    except ClusterError as error:
        return f"\nof its nodes' logs not all could be kept (in {folder}): {error}"
    return f"\nits nodes' logs are in {folder}"
