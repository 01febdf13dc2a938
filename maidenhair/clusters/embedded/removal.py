"""Find and remove everything that an embedded cluster has on this machine."""

from __future__ import annotations

import shutil

from maidenhair.clusters.embedded.layout import Layout
from maidenhair.clusters.embedded.machine.cgroups import cgroups_below, remove_cgroup
from maidenhair.clusters.embedded.machine.network import disconnect, has_link
from maidenhair.clusters.processes import kill_all, processes_of


def remove(layout: Layout) -> None:
    """Kill every process of a cluster, and remove its cgroups, network link and folder.

    Raises:
        ClusterError: a process still runs after it was killed.
    """
    kill_all(layout.folder)
    if has_link(layout):
        disconnect(layout)
    remove_cgroup(layout.cgroup)
    if layout.folder.exists():
        shutil.rmtree(layout.folder)


def leftovers(layout: Layout) -> list[str]:
    """Describe everything that a cluster has on this machine, such as "process 4711"; empty after `remove`."""
    found = [f"process {process.pid}" for process in processes_of(layout.folder)]
    found += [f"cgroup {path}" for path in cgroups_below(layout.cgroup)]
    if has_link(layout):
        found.append(f"network link {layout.link}")
    if layout.folder.exists():
        found.append(f"folder {layout.folder}")
    return found
