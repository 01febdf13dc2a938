"""Images of a node: imported into its containerd, each archive once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from maidenhair._util.files import write_atomically
from maidenhair._util.process import run
from maidenhair.clusters.embedded.machine.machine import Machine
from maidenhair.clusters.embedded.machine.machines import Machines, State
from maidenhair.clusters.embedded.node.node import SOCKET
from maidenhair.clusters.images import archive_identity, archive_names, canonical_name, pinned_name
from maidenhair.errors import ClusterError, ImageError, ProgramFailed

IMPORTS_AT_ONCE = 2
IMPORT_SECONDS = 3600.0
LABEL = "maidenhair.dev/archive"
"""The label of an image in containerd that tells which archive it came from."""
POSTPONED = "images-to-load.json"


def import_images(machine: Machine, ctr: Path, archives: Sequence[Path]) -> None:
    """Make the images of OCI or docker archives known to a node's containerd, unless it has them.

    Args:
        machine: the node's machine.
        ctr: containerd's client.
        archives: the archives; those whose content the node has under their names are passed over.

    Raises:
        ClusterError: an archive is not there, or containerd refused it; the text has its message.
    """
    if not archives:
        return
    containerd = _Containerd(machine, ctr)
    found = containerd.run("every image", "list")

    def import_one(archive: Path) -> None:
        identity = f"{LABEL}={archive_identity(archive)}"
        names = _names(archive)
        if all(f"{wanted} " in found for wanted in names.values()) and identity in found:
            return
        containerd.run(str(archive), "import", str(archive))
        known = set(containerd.run(str(archive), "list", "--quiet").split())
        for name, wanted in names.items():
            if wanted not in known:
                given = name if name in known else canonical_name(name)
                containerd.run(str(archive), "tag", given, wanted)
            # Last, so that an import that was cut short is done again.
            containerd.run(str(archive), "label", wanted, identity)

    with ThreadPoolExecutor(IMPORTS_AT_ONCE) as executor:
        for future in [executor.submit(import_one, archive) for archive in archives]:
            future.result()


def load(machines: Machines, ctr: Path, archives: Sequence[Path]) -> None:
    """Import images on every node that runs, side by side; those that do not get them when they start.

    Raises:
        ClusterError: as `import_images`.
    """
    for archive in archives:
        # What cannot be read is told now, also where no node runs that would try.
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
    """Import what was loaded while a node did not run; return the archives that are not there any more.

    Raises:
        ClusterError: as `import_images`.
    """
    archives = [Path(text) for text in _postponed(machine)]
    there = [archive for archive in archives if archive.exists()]
    import_images(machine, ctr, there)
    (machine.folder / POSTPONED).unlink(missing_ok=True)
    return [archive for archive in archives if archive not in there]


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

    def run(self, what: str, *arguments: str) -> str:
        """Run a command of ctr's on images; `what` it is for goes into the error."""
        try:
            return run([*self._prefix, *arguments], seconds=IMPORT_SECONDS).stdout
        except ProgramFailed as failed:
            said = failed.output.strip() or failed.problem
            raise ClusterError(
                f"{self._machine.name} could not {arguments[0]} {what}: {said}"
            ) from failed


def _names(archive: Path) -> dict[str, str]:
    """Return the names of an archive's images, each with the one, in full, that the kubelet asks for."""
    try:
        return {name: canonical_name(pinned_name(name, archive)) for name in archive_names(archive)}
    except ImageError as error:
        raise ClusterError(f"could not import {archive}: {error}") from error
