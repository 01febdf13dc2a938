"""Import image archives into the containerd of nodes, each archive once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from maidenhair._util.files import write_atomically
from maidenhair._util.process import run
from maidenhair.clusters.embedded.machine.machine import Machine
from maidenhair.clusters.embedded.machine.machines import Machines, State
from maidenhair.clusters.embedded.node.runtime import SOCKET
from maidenhair.clusters.images import archive_identity, archive_names, canonical_name, pinned_name
from maidenhair.errors import ClusterError, ImageError, ProgramFailed

IMPORTS_AT_ONCE = 2
IMPORT_SECONDS = 3600.0
LABEL = "maidenhair.dev/archive"
"""The label of an image in containerd with the identity of its archive."""
POSTPONED = "images-to-load.json"
"""The file in a node's folder with the archives to import when the node starts."""


def import_images(machine: Machine, ctr: Path, archives: Sequence[Path]) -> None:
    """Import OCI or docker archives into a node's containerd. Skip archives whose images it has.

    Args:
        machine: the node's machine.
        ctr: the path of containerd's client.
        archives: the archives.

    Raises:
        ClusterError: an archive does not exist, or containerd refused it; the message has containerd's.
    """
    if not archives:
        return
    containerd = _Containerd(machine, ctr)
    found = containerd.run("every image", "list")

    def import_one(archive: Path) -> None:
        identity = f"{LABEL}={archive_identity(archive)}"
        names = _names(archive)
        if all(f"{pod_name} " in found for pod_name in names.values()) and identity in found:
            return
        containerd.run(str(archive), "import", str(archive))
        known = set(containerd.run(str(archive), "list", "--quiet").split())
        for name, pod_name in names.items():
            if pod_name not in known:
                imported = name if name in known else canonical_name(name)
                containerd.run(str(archive), "tag", imported, pod_name)
            # The label comes last, so that an interrupted import is repeated.
            containerd.run(str(archive), "label", pod_name, identity)

    with ThreadPoolExecutor(IMPORTS_AT_ONCE) as executor:
        for future in [executor.submit(import_one, archive) for archive in archives]:
            future.result()


def load_archives(machines: Machines, ctr: Path, archives: Sequence[Path]) -> None:
    """Import archives on all running nodes in parallel. Other nodes import them when they start.

    Raises:
        ClusterError: as `import_images`.
    """
    for archive in archives:
        # Unreadable archives are an error even if no node is running.
        archive_identity(archive)
    states = machines.states()
    running = [each for each in machines.nodes if states[each.name] is State.RUNNING]
    with ThreadPoolExecutor(len(machines.nodes)) as executor:
        for future in [executor.submit(import_images, each, ctr, archives) for each in running]:
            future.result()
    for machine in machines.nodes:
        if machine not in running:
            _postpone(machine, archives)


def import_postponed(machine: Machine, ctr: Path) -> list[Path]:
    """Import the archives that were loaded while a node was not running.

    Returns:
        The archives that no longer exist.

    Raises:
        ClusterError: as `import_images`.
    """
    archives = [Path(text) for text in _postponed(machine)]
    existing = [archive for archive in archives if archive.exists()]
    import_images(machine, ctr, existing)
    (machine.folder / POSTPONED).unlink(missing_ok=True)
    return [archive for archive in archives if archive not in existing]


def _postpone(machine: Machine, archives: Iterable[Path]) -> None:
    known = dict.fromkeys([*_postponed(machine), *map(str, archives)])
    write_atomically(machine.folder / POSTPONED, json.dumps(list(known)))


def _postponed(machine: Machine) -> list[str]:
    try:
        archives: list[str] = json.loads((machine.folder / POSTPONED).read_text())
    except FileNotFoundError:
        return []
    return archives


class _Containerd:
    def __init__(self, machine: Machine, ctr: Path) -> None:
        self._machine = machine
        self._prefix = machine.command(
            str(ctr), "--namespace=k8s.io", f"--address={SOCKET}", "images"
        )

    def run(self, subject: str, *arguments: str) -> str:
        """Run `ctr images`, and return its output. `subject` is the object of the action, for the error."""
        try:
            return run([*self._prefix, *arguments], seconds=IMPORT_SECONDS).stdout
        except ProgramFailed as failed:
            reason = failed.output.strip() or failed.problem
            raise ClusterError(
                f"containerd on node {self._machine.name} could not {arguments[0]} {subject}: {reason}"
            ) from failed


def _names(archive: Path) -> dict[str, str]:
    """Return the full name that the kubelet uses for each image of an archive, by the image's name there."""
    try:
        return {name: canonical_name(pinned_name(name, archive)) for name in archive_names(archive)}
    except ImageError as error:
        raise ClusterError(f"cannot load image archive {archive}: {error}") from error
