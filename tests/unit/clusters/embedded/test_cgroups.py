"""Cgroups of a cluster: removed when what was killed in them is gone, and never from under a process."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from maidenhair.clusters.embedded.machine import cgroups
from maidenhair.clusters.embedded.machine.cgroups import cgroups_below, create_cgroup, remove_cgroup
from maidenhair.errors import ClusterError

CORES = len(os.sched_getaffinity(0))


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


@pytest.mark.parametrize(
    ("name", "own", "default", "weight"),
    [
        ("cpu.shares", "4:cpu,cpuacct:/\n1:name=systemd:/user.slice\n", 1024, 4096 * CORES),
        ("cpu.weight", "0::/\n", 100, 400 * CORES),
        # The processes of the machine are in cgroups of their own, so that each competes as one.
        ("cpu.weight", "0::/user.slice/session-1.scope\n", 100, 100),
        ("cpu.shares", "4:cpu,cpuacct:/docker/1\n0::/\n", 1024, 1024),
    ],
)
def test_pods_weigh_as_much_as_workers_that_are_in_the_root_cgroup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, own: str, default: int, weight: int
) -> None:
    root, mine, mounts = tmp_path / "root", tmp_path / "own", tmp_path / "mounts"
    for folder in (root / "maidenhair", root / "maidenhair/mh-1"):
        folder.mkdir(parents=True)
        (folder / name).write_text(str(default))
    (root / "cgroup.controllers").write_text("")
    (root / "maidenhair/cgroup.controllers").write_text("")
    mine.write_text(own)
    mounts.write_text(f"cgroup {root} {'cgroup2' if name == 'cpu.weight' else 'cgroup'} rw 0 0\n")
    monkeypatch.setattr(cgroups, "OWN", mine)
    monkeypatch.setattr(cgroups, "MOUNTS", mounts)
    create_cgroup("maidenhair/mh-1")

    written = [(root / each / name).read_text() for each in ("maidenhair", "maidenhair/mh-1")]
    assert written == [str(weight)] * 2


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
