"""Images of a node: imported into its containerd, each archive once."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from maidenhair.clusters.embedded.machine import Machine
from maidenhair.clusters.embedded.node import SOCKET
from maidenhair.clusters.images import (
    archive_identity,
    archive_names,
    canonical_name,
    pinned_name,
)
from maidenhair.errors import ClusterError

IMPORTS_AT_ONCE = 2
LOADED = "loaded-images"


def import_images(machine: Machine, ctr: Path, archives: Sequence[Path]) -> None:
    """Make the images of OCI or docker archives known to a node's containerd, unless they were before.

    Args:
        machine: the node's machine.
        ctr: containerd's client.
        archives: the archives; those whose images it has are passed over.

    Raises:
        ClusterError: an archive is not there, or containerd refused it; the text has its message.
    """
    loaded = machine.folder / LOADED
    loaded.mkdir(exist_ok=True)

    def import_one(archive: Path) -> None:
        mark = loaded / archive_identity(archive)
        if mark.exists():
            return
        _images(machine, ctr, archive, "import", str(archive))
        known = set(_images(machine, ctr, archive, "list", "--quiet").split())
        for name in archive_names(archive):
            # The kubelet asks for names in full; what the archive says may be short.
            wanted = canonical_name(pinned_name(name, archive))
            if wanted not in known:
                given = name if name in known else canonical_name(name)
                _images(machine, ctr, archive, "tag", given, wanted)
        mark.touch()

    with ThreadPoolExecutor(IMPORTS_AT_ONCE) as executor:
        for future in [executor.submit(import_one, archive) for archive in archives]:
            future.result()


def _images(machine: Machine, ctr: Path, archive: Path, *arguments: str) -> str:
    argv = [str(ctr), "--namespace=k8s.io", f"--address={SOCKET}", "images", *arguments]
    result = subprocess.run(machine.command(*argv), capture_output=True, text=True, check=False)
    if result.returncode:
        raise ClusterError(f"{machine.name} could not import {archive}: {result.stderr.strip()}")
    return result.stdout
