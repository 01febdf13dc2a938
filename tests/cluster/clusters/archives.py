"""Image archives for tests, and the images in a node's containerd."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from pathlib import Path

from maidenhair._util.paths import state_dir
from maidenhair.clusters.embedded.layout import layout_for
from maidenhair.clusters.embedded.machine.machines import Machines
from maidenhair.clusters.embedded.node.runtime import SOCKET
from maidenhair.clusters.embedded.record import read_record
from maidenhair.clusters.provider import Cluster


def renamed(archive: Path, copy: Path, name: str) -> None:
    """Write a copy of an OCI archive whose image has another name."""
    with tarfile.open(archive) as source, tarfile.open(copy, "w") as target:
        for member in source:
            content = source.extractfile(member).read() if member.isfile() else b""  # type: ignore[union-attr]
            if member.name == "index.json":
                index = json.loads(content)
                index["manifests"][0]["annotations"]["io.containerd.image.name"] = name
                content = json.dumps(index).encode()
                member.size = len(content)
            target.addfile(member, io.BytesIO(content))


def image_of(cluster: Cluster, name: str, node: str = "node-1") -> str:
    """Return containerd's list entry of an image, its times included; empty if there is no image of this name."""
    return ctr(cluster, node, "list", f"name=={name}").partition("\n")[2]


def ctr(cluster: Cluster, node: str, *arguments: str) -> str:
    """Run a command of containerd's client on a node's images, and return its output."""
    layout = layout_for(cluster.name, state_dir())
    record = read_record(layout.record)
    assert record is not None
    machine = Machines(layout, record).node(node)
    argv = [str(record.ctr), "--namespace=k8s.io", f"--address={SOCKET}", "images", *arguments]
    return subprocess.run(machine.command(*argv), capture_output=True, text=True, check=True).stdout
