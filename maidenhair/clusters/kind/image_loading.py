"""Images of a kind cluster: those of archives, and those that the container engine has."""

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
    """Make the images of an OCI or docker archive known to every node, unless they were before.

    Raises:
        ClusterError: the archive is not there, or a node refused it.
        ImageError: it names no image.
    """
    layout.loaded.mkdir(exist_ok=True)
    mark = layout.loaded / archive_identity(archive)
    if mark.exists():
        return
    kind.load_archive(layout.name, archive)
    for name in archive_names(archive):
        wanted, given = canonical_name(pinned_name(name, archive)), canonical_name(name)
        if wanted == given:
            continue
        for node in nodes:
            tag = ("ctr", "--namespace=k8s.io", "images", "tag", "--force", given, wanted)
            kind.engine.execute(node.name, *tag)
    mark.touch()


def share_image(kind: Kind, cluster: str, image: str) -> None:
    """Make an image known to every node if the engine has it; the nodes pull it otherwise.

    Raises:
        ClusterError: the engine or a node refused it.
    """
    if not kind.engine.has_image(image):
        return
    if kind.engine.name == "docker":
        kind.load_image(cluster, image)
        return
    # kind asks Docker for images by name, whichever engine makes its nodes.
    with tempfile.TemporaryDirectory(prefix="maidenhair-image-") as folder:
        archive = Path(folder, "image.tar")
        kind.engine.save(image, archive)
        kind.load_archive(cluster, archive)
