"""Runs whose disks are full, in a namespace with small file systems of its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from .conftest import RUNNER, Ended, Suite

TWO = "Scenario: one\n  Given it passes\nScenario: two\n  Given it passes"
COVER = """
set -e
mount -t tmpfs -o size=2m tmpfs /mnt
cp -r . /mnt/suite
cd /mnt/suite
for folder in $SMALL; do
  mkdir -p $folder
  mount -t tmpfs -o size=64k tmpfs $folder
done
for folder in $SMALL $FULL; do
  head -c 4m /dev/zero > $folder/fill 2> /dev/null || true
done
exec "$@"
"""
EVERY_TEMPORARY = "/tmp /var/tmp /usr/tmp"


@pytest.fixture(autouse=True, scope="module")
def namespaces() -> None:
    done = subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False)
    if done.returncode != 0:
        assert not os.environ.get("CI"), "unshare -rm does not work"
        pytest.skip("this user cannot make namespaces")


def run_on_full_disks(suite: Suite, jobs: str, small: str, **environment: str) -> Ended:
    """Run a copy of a suite in /mnt/suite, while small file systems without free space cover folders."""
    behave = [sys.executable, "-m", "behave", *RUNNER, "-j", jobs]
    command = ["unshare", "-rm", "sh", "-c", COVER, "sh", *behave]
    places = {"SMALL": small, "SUITE_LOG": "/dev/null", "MAIDENHAIR_HISTORY": "/mnt/suite/history"}
    return suite.end(suite.popen(command, **{**places, **environment}))


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_full_tmpdir_alone_disturbs_no_run(suite: Suite, jobs: str) -> None:
    suite.feature(TWO)
    ended = run_on_full_disks(suite, jobs, "/mnt/suite/full", TMPDIR="/mnt/suite/full")

    assert (ended.code, ended.last_line) == (0, "2 passed, 0 failed, 0 skipped")


@pytest.mark.parametrize(("jobs", "counts"), [("1", "2 passed, 0"), ("2", "0 passed, 2")])
def test_without_room_for_anything_a_run_reports_all_specs_and_fails(
    suite: Suite, jobs: str, counts: str
) -> None:
    suite.feature(TWO)
    # Python takes the current folder as the last resort for temporary files.
    ended = run_on_full_disks(suite, jobs, EVERY_TEMPORARY, FULL="/mnt/suite")

    assert (ended.code, ended.last_line) == (1, f"{counts} failed, 0 skipped")
    assert "the run events are incomplete: No space left on device: /mnt/suite/" in ended.err
    assert ("no worker could start" in ended.out) == (jobs == "2")
    assert ("set TMPDIR to a folder with free space" in ended.out) == (jobs == "2")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_history_that_cannot_be_written_is_a_warning(suite: Suite, jobs: str) -> None:
    suite.feature(TWO)
    history = {"MAIDENHAIR_HISTORY": "/mnt/suite/full/history"}
    ended = run_on_full_disks(suite, jobs, "/mnt/suite/full", **history)

    assert (ended.code, ended.last_line) == (0, "2 passed, 0 failed, 0 skipped")
    assert "Warning: the history /mnt/suite/full/history cannot be written: No space" in ended.err
    assert "choose another file with the setting history" in ended.err
