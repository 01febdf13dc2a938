"""Cgroups of a cluster: removed when what was killed in them is gone, and never from under a process."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from maidenhair.clusters.embedded.machine.cgroups import cgroups_below, create_cgroup, remove_cgroup
from maidenhair.errors import ClusterError
from tests.conftest import unavailable


@pytest.fixture
def cgroup(as_root: None) -> Iterator[str]:
    path = f"maidenhair/mh-unit-{os.getpid()}"
    create_cgroup(f"{path}/node-1")
    yield path
    remove_cgroup(path)


@pytest.fixture
def member(cgroup: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process in the innermost cgroup of every hierarchy."""
    process = subprocess.Popen(["sleep", "60"])
    for folder in cgroups_below(cgroup):
        Path(folder, "node-1", "cgroup.procs").write_text(str(process.pid))
    yield process
    process.kill()
    process.wait()


def test_pods_weigh_as_much_as_the_workers_of_a_run(cgroup: str) -> None:
    files = {"cpu.shares": 1024, "cpu.weight": 100}
    weighed = [
        int(file.read_text()) / default
        for folder in cgroups_below(cgroup)
        for each in (folder.parent, folder, folder / "node-1")
        for name, default in files.items()
        if (file := each / name).exists()
    ]
    if not weighed:
        unavailable("no hierarchy divides the processors' time")
    assert set(weighed) == {4 * len(os.sched_getaffinity(0))}


def test_a_cgroup_goes_once_its_last_process_is_gone(
    cgroup: str, member: subprocess.Popen[bytes]
) -> None:
    killer = threading.Timer(0.3, member.kill)
    killer.start()
    remove_cgroup(cgroup)
    killer.join()
    assert cgroups_below(cgroup) == []


def test_a_process_that_stays_is_named(cgroup: str, member: subprocess.Popen[bytes]) -> None:
    with pytest.raises(ClusterError, match=rf"mh-unit-.*: it has the processes {member.pid}$"):
        remove_cgroup(cgroup, within=0.2)
    assert cgroups_below(cgroup)


def test_clusters_that_come_and_go_at_once_do_not_take_each_others_folders(as_root: None) -> None:
    # In a folder of the test's own: that of clusters may have some that stay.
    shared = f"maidenhair-unit-{os.getpid()}"

    def come_and_go(name: str) -> None:
        for _ in range(30):
            create_cgroup(f"{shared}/{name}")
            assert cgroups_below(f"{shared}/{name}")
            remove_cgroup(f"{shared}/{name}")

    try:
        with ThreadPoolExecutor(2) as executor:
            for done in [executor.submit(come_and_go, name) for name in ("one", "two")]:
                done.result()
        assert cgroups_below(shared) == []
    finally:
        remove_cgroup(shared)
