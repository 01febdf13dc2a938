"""Images of a node: imported into its containerd, each archive once."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from maidenhair.clusters.embedded.machine import Machine
from maidenhair.clusters.embedded.node import SOCKET
from maidenhair.errors import ClusterError

IMPORTS_AT_ONCE = 2
LOADED = "loaded-images"


def import_images(machine: Machine, ctr: Path, archives: Sequence[Path]) -> None:
    """Make the images of OCI or docker archives known to a node's containerd, unless they were before.

    Args:
        machine: the node's machine.
        ctr: containerd's client.
        archives: the archives; one is told from another by its path, size and time of change.

    Raises:
        ClusterError: an archive is not there, or containerd refused it; the text has its message.
    """
    loaded = machine.folder / LOADED
    loaded.mkdir(exist_ok=True)

    def import_one(archive: Path) -> None:
        mark = loaded / _identity(archive)
        if mark.exists():
            return
        argv = [
            str(ctr),
            "--namespace=k8s.io",
            f"--address={SOCKET}",
            "images",
            "import",
            str(archive),
        ]
        result = subprocess.run(machine.command(*argv), capture_output=True, text=True, check=False)
        if result.returncode:
            raise ClusterError(
                f"{machine.name} could not import {archive}: {result.stderr.strip()}"
            )
        mark.touch()

    with ThreadPoolExecutor(IMPORTS_AT_ONCE) as executor:
        for future in [executor.submit(import_one, archive) for archive in archives]:
            future.result()


def _identity(archive: Path) -> str:
    try:
        status = archive.stat()
    except OSError as error:
        raise ClusterError(f"image archive {archive} cannot be read: {error.strerror}") from error
    return f"{status.st_dev}-{status.st_ino}-{status.st_size}-{status.st_mtime_ns}"
