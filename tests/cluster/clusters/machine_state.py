"""The traces that a cluster could leave on the machine, found without the code that removes them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from maidenhair._util import paths
from maidenhair.clusters.embedded.layout import Layout, layout_for


@dataclass(frozen=True)
class MachineState:
    """A snapshot of the machine. Two are equal if a cluster that was created and removed in between left nothing."""

    processes: frozenset[str]
    links: frozenset[str]
    routes: frozenset[str]
    mounts: frozenset[str]
    cgroups: frozenset[str]
    files: frozenset[str]


def look(cluster: str) -> MachineState:
    """Take a snapshot of the machine without other clusters, which may come and go at any time."""
    layout = layout_for(cluster, paths.state_dir())
    routes = Path("/proc/net/route").read_text().splitlines()
    # The folder that all clusters share exists while there is any cluster.
    cgroups = (str(path) for path in Path("/sys/fs/cgroup").glob("*/maidenhair/*") if path.is_dir())
    links = (link.name for link in Path("/sys/class/net").iterdir())
    return MachineState(
        processes=frozenset(_processes(layout)),
        links=frozenset(_without_others(links, layout)),
        routes=frozenset(_without_others(routes, layout)),
        mounts=frozenset(_mounts(layout)),
        cgroups=frozenset(_without_others(cgroups, layout)),
        files=frozenset(
            [
                *_entries("etc", "etc/*", "var/lib/*", "opt/*", "run/*", "usr/libexec/*"),
                *(str(path) for path in layout.folder.parent.glob(layout.name)),
            ]
        ),
    )


def namespaces_of(cluster: str) -> frozenset[str]:
    """Return the namespaces of a cluster's processes, without the host's."""
    layout = layout_for(cluster, paths.state_dir())
    pids = [int(process.split()[0]) for process in _processes(layout)]
    return frozenset().union(*map(_namespaces, pids)) - _namespaces(os.getpid())


def alive(namespaces: frozenset[str], until: float) -> frozenset[str]:
    """Return those of the namespaces that still have a process that started before the time `until`.

    Later processes do not count, because the kernel reuses the numbers of namespaces.
    """
    found: set[str] = set()
    for process in psutil.process_iter():
        try:
            if process.create_time() < until:
                found |= _namespaces(process.pid)
        except psutil.Error:
            continue
    return frozenset(found) & namespaces


def _namespaces(pid: int) -> frozenset[str]:
    kinds = ("net", "mnt", "pid", "ipc", "uts")
    try:
        return frozenset(str(Path(f"/proc/{pid}/ns/{kind}").readlink()) for kind in kinds)
    except OSError:
        return frozenset()


def _without_others(lines: Iterable[str], layout: Layout) -> list[str]:
    return [line for line in lines if "mh-" not in line or layout.link in line]


def _mounts(layout: Layout) -> list[str]:
    """Return the host's mounts that a node may have made: of the cluster's folder, or at a node's mount points."""
    lines = Path("/proc/self/mounts").read_text().splitlines()
    places = ("/run", "/var/lib/kubelet", "/var/lib/cni", "/var/lib/containerd", "/var/log")
    return [
        line
        for line in lines
        if f"{layout.folder}/" in line
        or any(f"{line.split()[1]}/".startswith(f"{place}/") for place in places)
        or line.split()[1] == "/var/lib"
    ]


def _processes(layout: Layout) -> list[str]:
    """Return the processes of a cluster, recognised by their arguments, mounts or cgroup."""
    seen = []
    for process in psutil.process_iter():
        folder = Path(f"/proc/{process.pid}")
        try:
            line = " ".join(process.cmdline())
            mounts, cgroups = (folder / "mountinfo").read_text(), (folder / "cgroup").read_text()
        except (psutil.Error, OSError):
            continue
        named = any(f"{layout.folder}/" in text for text in (f"{line}/", mounts))
        if named or layout.link in cgroups:
            seen.append(f"{process.pid} {line}")
    return seen


def _entries(*patterns: str) -> list[str]:
    return [str(path) for pattern in patterns for path in Path("/").glob(pattern)]
