"""The cgroups of an embedded cluster's nodes: one per node in every hierarchy, so that kubelets do not conflict."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

from maidenhair.clusters.polling import wait_until

MOUNTS = Path("/proc/mounts")
EMPTY_SECONDS = 30.0
GONE = (errno.ENOENT, errno.ENODEV)
OWN = Path("/proc/self/cgroup")
PROCESSES_PER_CORE = 4
"""How many busy processes the pods weigh as much as, by core: about as many as a run has workers.

By default all pods weigh as much as a single process of the root cgroup: they starve while a run keeps the cores busy.
"""
WEIGHTS = (("cpu.shares", "cpu", 1024, 262144), ("cpu.weight", "", 100, 10000))
"""For cgroup v1 and v2: the file, the controller in /proc/self/cgroup, the weight of a process, and the highest one."""


def create_cgroup(path: str) -> None:
    """Create a cgroup in every hierarchy, and give it its part of the processors' time.

    Args:
        path: the cgroup, relative to the root of each hierarchy.

    Raises:
        ClusterError: the cgroup could not be created within `EMPTY_SECONDS`.
    """
    for root, version in _hierarchies():

        def problem(root: Path = root, version: int = version) -> str:
            try:
                _create(root, version, path)
            except OSError as error:
                # The removal of another cluster may have just removed the parent that clusters share.
                if error.errno not in (*GONE, errno.EEXIST):
                    raise
                return str(error)
            return ""

        wait_until(problem, EMPTY_SECONDS, f"cgroup {root / path} to exist")


def remove_cgroup(path: str, within: float = EMPTY_SECONDS) -> None:
    """Remove a cgroup and those below it from every hierarchy, once their killed processes are gone.

    Args:
        path: the cgroup, relative to the root of each hierarchy.
        within: the time limit in seconds for each cgroup.

    Raises:
        ClusterError: a cgroup still has processes.
    """
    for root, _ in _hierarchies():
        top = root / path
        if not top.is_dir():
            continue
        for folder in sorted((entry for entry in top.rglob("*") if entry.is_dir()), reverse=True):
            _remove(folder, within)
        _remove(top, within)
        if top.parent != root:
            # The parent is not empty while another cluster has cgroups there.
            with suppress(OSError):
                top.parent.rmdir()


def cgroups_below(path: str) -> list[Path]:
    """Return the folders of a cgroup in all hierarchies, of those that exist."""
    return [root / path for root, _ in _hierarchies() if (root / path).is_dir()]


def _create(root: Path, version: int, path: str) -> None:
    folder = root
    for part in Path(path).parts:
        if version == 2:
            _delegate(folder)
        child = folder / part
        child.mkdir(exist_ok=True)
        _inherit_cpuset(folder, child)
        _weigh(child)
        folder = child


def _remove(folder: Path, within: float) -> None:
    """Remove one cgroup. Killed processes may stay in it for a moment after their machine's first process is gone."""

    def problem() -> str:
        try:
            folder.rmdir()
        except OSError as error:
            if error.errno in GONE:
                return ""
            if error.errno != errno.EBUSY:
                raise
            members = (folder / "cgroup.procs").read_text().split()
            return f"it has the processes {', '.join(members)}" if members else "it is in use"
        return ""

    wait_until(problem, within, f"cgroup {folder} to be empty")


def _hierarchies() -> list[tuple[Path, int]]:
    found = []
    for line in MOUNTS.read_text().splitlines():
        _, target, kind, *_ = line.split()
        if kind in ("cgroup", "cgroup2"):
            found.append((Path(target), 2 if kind == "cgroup2" else 1))
    return found


def _delegate(folder: Path) -> None:
    available = (folder / "cgroup.controllers").read_text().split()
    if available:
        (folder / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in available))


def _inherit_cpuset(parent: Path, child: Path) -> None:
    # In cgroup v1 a new cpuset is empty, and accepts no process until both files are set.
    for name in ("cpuset.cpus", "cpuset.mems"):
        file = child / name
        if file.exists() and (parent / name).exists() and not file.read_text().strip():
            file.write_text((parent / name).read_text())


def _weigh(folder: Path) -> None:
    """Let a cgroup weigh as much as a run's workers, where these are in the root cgroup and compete with it."""
    for name, controller, each, most in WEIGHTS:
        file = folder / name
        if file.exists() and _own_group(controller) == "/":
            processes = PROCESSES_PER_CORE * len(os.sched_getaffinity(0))
            file.write_text(str(min(processes * each, most)))


def _own_group(controller: str) -> str:
    """Return the cgroup of this process in the hierarchy of a controller; empty if there is none."""
    for line in OWN.read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return path
    return ""
