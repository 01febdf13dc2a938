"""Load images into the nodes of a kind cluster: from archives, and from the container engine."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from maidenhair.clusters.images import (
    archive_identity,
    archive_names,
    canonical_name,
    pinned_name,
)
from maidenhair.clusters.kind.command import Kind
from maidenhair.clusters.kind.container_engine import Container
from maidenhair.clusters.kind.layout import Layout


def load_archive(kind: Kind, layout: Layout, nodes: Iterable[Container], archive: Path) -> None:
    """Load the images of an OCI or docker archive into every node, unless the archive was loaded before.

    Raises:
        ClusterError: the archive does not exist, or a node refused it.
        ImageError: the archive contains no image with a name.
    """
    layout.loaded.mkdir(exist_ok=True)
    mark = layout.loaded / archive_identity(archive)
    if mark.exists():
        return
    kind.load_archive(layout.name, archive)
    for name in archive_names(archive):
        pod_name, loaded = canonical_name(pinned_name(name, archive)), canonical_name(name)
        if pod_name == loaded:
            continue
        for node in nodes:
            tag = ("ctr", "--namespace=k8s.io", "images", "tag", "--force", loaded, pod_name)
            kind.engine.execute(node.name, *tag)
    mark.touch()


def share_image(kind: Kind, cluster: str, image: str) -> None:
    """Load an image into every node if the engine has it. Otherwise the nodes pull it.

    Raises:
        ClusterError: the engine or a node refused the image.
    """
    if not kind.engine.has_image(image):
        return
    if kind.engine.name == "docker":
        kind.load_image(cluster, image)
        return
    # kind loads images by name from Docker only, even if Podman runs its nodes.
    with tempfile.TemporaryDirectory(prefix="maidenhair-image-") as folder:
        archive = Path(folder, "image.tar")
        kind.engine.save(image, archive)
        kind.load_archive(cluster, archive)
