"""What an embedded cluster has on this machine outside its machines' namespaces: found, and removed."""

from __future__ import annotations

import shutil

from maidenhair.clusters.embedded.layout import Layout
from maidenhair.clusters.embedded.machine.cgroups import cgroups_below, remove_cgroup
from maidenhair.clusters.embedded.machine.network import disconnect, has_link
from maidenhair.clusters.processes import kill_all, processes_of


def remove(layout: Layout) -> None:
    """Kill every process of a cluster, and remove its cgroups, its network link and its folder.

    Raises:
        ClusterError: a process did not die.
    """
    kill_all(layout.folder)
    if has_link(layout):
        disconnect(layout)
    remove_cgroup(layout.cgroup)
    if layout.folder.exists():
        shutil.rmtree(layout.folder)


def leftovers(layout: Layout) -> list[str]:
    """List everything of a cluster that is on this machine, one description each: none after `remove`."""
    found = [f"process {process.pid}" for process in processes_of(layout.folder)]
    found += [f"cgroup {path}" for path in cgroups_below(layout.cgroup)]
    if has_link(layout):
        found.append(f"network link {layout.link}")
    if layout.folder.exists():
        found.append(f"folder {layout.folder}")
    return found
