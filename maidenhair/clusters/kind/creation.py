"""Create a kind cluster: pull the node image, create the containers, wait until the nodes are Ready."""

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
        ClusterError: the image cannot be pulled.
    """
    if engine.has_image(image):
        return
    try:
        with progress.step(f"Pulling the node image {image}"):
            engine.pull(image)
    except ClusterError as error:
        raise ClusterError(
            f"{engine.name} has no node image {image}, and it cannot be pulled: load it with "
            f"`{engine.name} load -i ARCHIVE`, or set MAIDENHAIR_KIND_NODE_IMAGE to an image that it has. {error}"
        ) from error


def create(
    cluster: KindCluster,
    kind: Kind,
    record: Record,
    configuration: Configuration,
    progress: Progress,
) -> list[Container]:
    """Create a cluster, and wait until its nodes are Ready.

    Args:
        cluster: the cluster, whose folder exists.
        kind: the kind command.
        record: the record to write.
        configuration: the cluster's configuration.
        progress: where the step is reported.

    Returns:
        The nodes.

    Raises:
        ClusterError: kind failed, or a node did not become Ready. The containers stay, because their logs explain the
            failure.
    """
    layout = cluster.layout
    layout.mark.touch()
    cluster.write(record)
    configuration.write(layout.configuration, layout.mark)
    summary = f"{configuration.name}, {configuration.image.partition('@')[0]}"
    with progress.step(f"Creating kind cluster {layout.name!r} ({summary}) with {record.engine}"):
        kind.create(layout.name, layout.configuration, configuration.image, layout.kubeconfig)
        layout.kubeconfig.chmod(0o600)
        nodes = [each for each in cluster.containers(kind.engine) if each.is_node]
        with closing(cluster.kube(record)) as kube:
            await_nodes(kube, [node.name for node in nodes])
            await_dns(kube)
    return nodes


def save_logs(cluster: KindCluster, kind: Kind, folder: Path) -> str:
    """Save the logs of a failed cluster's nodes into a folder.

    Returns:
        A line for the error message with the folder, after a line end; empty if no node runs.
    """
    try:
        containers = cluster.containers(kind.engine)
        if not any(each.is_node and each.state == "running" for each in containers):
            return ""
        kind.export_logs(cluster.name, folder)
    except ClusterError as error:
        return f"\nsome logs of its nodes could not be saved in {folder}: {error}"
    return f"\nthe logs of its nodes are in {folder}"
