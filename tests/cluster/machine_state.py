"""What a cluster could leave on the machine, looked at without the code that removes it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from maidenhair import paths
from maidenhair.clusters.embedded.layout import layout_for

SUPERVISOR = "embedded.supervisor"


@dataclass(frozen=True)
class MachineState:
    """A picture of the machine; two are equal when a cluster that came and went left nothing."""

    processes: frozenset[str]
    links: frozenset[str]
    routes: frozenset[str]
    mounts: frozenset[str]
    cgroups: frozenset[str]
    files: frozenset[str]


def look(cluster: str) -> MachineState:
    """Take a picture of the machine, without what belongs to clusters of other names."""
    others = _others(cluster)
    routes = Path("/proc/net/route").read_text()
    cgroups = (str(path) for path in Path("/sys/fs/cgroup").glob("*/maidenhair/*"))
    return MachineState(
        processes=frozenset(_without(_processes(others), others)),
        links=frozenset(_without((link.name for link in Path("/sys/class/net").iterdir()), others)),
        routes=frozenset(_without(routes.splitlines(), others)),
        mounts=frozenset(Path("/proc/self/mounts").read_text().splitlines()),
        cgroups=frozenset(_without(cgroups, others)),
        files=frozenset(_entries("etc", "etc/*", "var/lib/*", "opt/*", "run/*", "usr/libexec/*")),
    )


def _others(cluster: str) -> frozenset[str]:
    """Return the texts by which the processes, links and cgroups of other clusters are known."""
    folders = (paths.state_dir() / "clusters").glob("*")
    layouts = [
        layout_for(folder.name, paths.state_dir()) for folder in folders if folder.name != cluster
    ]
    return frozenset(text for layout in layouts for text in (layout.link, f"{layout.folder}/"))


def _without(lines: Iterable[str], texts: Iterable[str]) -> list[str]:
    return [line for line in lines if not any(text in line for text in texts)]


def _processes(others: frozenset[str]) -> list[str]:
    """Return the processes of clusters: supervisors, components, and all in PID namespaces of their own."""
    tools = str(paths.cache_dir() / "tools")
    own = Path("/proc/self/ns/pid").readlink()
    seen = []
    foreign = set()
    for process in psutil.process_iter():
        try:
            line = " ".join(process.cmdline())
            namespace = Path(f"/proc/{process.pid}/ns/pid").readlink()
            cgroups = Path(f"/proc/{process.pid}/cgroup").read_text()
        except (psutil.Error, OSError):
            continue
        if SUPERVISOR in line and any(text in f"{line}/" for text in others):
            foreign.add(namespace)
        if SUPERVISOR in line or line.startswith(tools) or namespace != own:
            # A container has a PID namespace below its node's, and tells the cluster by its cgroup.
            seen.append((namespace, f"{process.pid} {line} {cgroups}"))
    foreign.discard(own)
    return [line for namespace, line in seen if namespace not in foreign]


def _entries(*patterns: str) -> list[str]:
    return [str(path) for pattern in patterns for path in Path("/").glob(pattern)]
