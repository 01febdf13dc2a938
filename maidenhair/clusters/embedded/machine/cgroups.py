"""The cgroups of an embedded cluster's nodes: one per node in every hierarchy, so that kubelets do not meet."""

from __future__ import annotations

import errno
from contextlib import suppress
from pathlib import Path

from maidenhair.clusters.polling import wait_until

MOUNTS = Path("/proc/mounts")
EMPTY_SECONDS = 30.0
GONE = (errno.ENOENT, errno.ENODEV)


def create_cgroup(path: str) -> None:
    """Make the cgroup `path`, relative to the root, in every hierarchy with controllers.

    Raises:
        ClusterError: it did not stay.
    """
    for root, version in _hierarchies():

        def problem(root: Path = root, version: int = version) -> str:
            try:
                _create(root, version, path)
            except OSError as error:
                # Another cluster, the last one there was, has just taken with it what clusters share.
                if error.errno not in (*GONE, errno.EEXIST):
                    raise
                return str(error)
            return ""

        wait_until(problem, EMPTY_SECONDS, f"the cgroup {root / path} to stay")


def remove_cgroup(path: str, within: float = EMPTY_SECONDS) -> None:
    """Remove the cgroup `path` and those below it from every hierarchy, once their last processes are gone.

    Args:
        path: the cgroup, relative to the root.
        within: seconds for what was killed in each of them to be gone.

    Raises:
        ClusterError: a cgroup kept its processes.
    """
    for root, _ in _hierarchies():
        top = root / path
        if not top.is_dir():
            continue
        for folder in sorted((entry for entry in top.rglob("*") if entry.is_dir()), reverse=True):
            _remove(folder, within)
        _remove(top, within)
        if top.parent != root:
            # Others have theirs there, which may be made just now.
            with suppress(OSError):
                top.parent.rmdir()


def cgroups_below(path: str) -> list[Path]:
    """Return the folders of the cgroup `path` that exist, in all hierarchies."""
    return [root / path for root, _ in _hierarchies() if (root / path).is_dir()]


def _create(root: Path, version: int, path: str) -> None:
    folder = root
    for part in Path(path).parts:
        if version == 2:
            _delegate(folder)
        child = folder / part
        child.mkdir(exist_ok=True)
        _inherit_cpuset(folder, child)
        folder = child


def _remove(folder: Path, within: float) -> None:
    """Remove one cgroup; what was killed in it leaves it a moment after its machine's first process is gone."""

    def problem() -> str:
        try:
            folder.rmdir()
        except OSError as error:
            if error.errno in GONE:
                return ""
            if error.errno != errno.EBUSY:
                raise
            members = (folder / "cgroup.procs").read_text().split()
            return f"processes in it: {', '.join(members) or 'none any more'}"
        return ""

    wait_until(problem, within, f"the cgroup {folder} to be empty")


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
    # In version 1 a cpuset begins empty and takes no process until both are set.
    for name in ("cpuset.cpus", "cpuset.mems"):
        file = child / name
        if file.exists() and (parent / name).exists() and not file.read_text().strip():
            file.write_text((parent / name).read_text())
