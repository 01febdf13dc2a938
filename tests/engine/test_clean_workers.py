"""Specs do not disturb those after them, nor the workers: folders, forked children, modules, temporary files."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Suite

STEPS = """
import os
import subprocess
import sys
import tempfile

from behave import step
from notes import log


@step("the current folder changes")
def changes_folder(context):
    os.chdir("/")


@step("a file beside the suite is read")
def reads(context):
    with open("data.txt") as file:
        assert file.read() == "here"


@step("a forked child ends with {way}")
def forks(context, way):
    child = os.fork()
    if child == 0:
        if way == "sys.exit":
            sys.exit(3)
        if way == "an error":
            raise ValueError("of the child")
        return
    log(f"child {os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}")


@step("a temporary file is named in a failure")
def names_file(context):
    handle, path = tempfile.mkstemp(suffix=".txt")
    os.close(handle)
    log(path)
    raise AssertionError(f"look at {path}")


@step("all other files are closed")
def closes(context):
    os.closerange(3, 100)


@step("it logs the flags of Python")
def logs_flags(context):
    log(f"{sys.flags.optimize} {sys._xoptions} {sys.warnoptions} {sys.flags.safe_path}")
"""


@pytest.fixture
def disturbed(suite: Suite) -> Suite:
    """Give a suite whose steps disturb."""
    (suite.folder / "steps" / "disturbing.py").write_text(STEPS)
    (suite.folder / "data.txt").write_text("here")
    return suite


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_changed_folder_is_changed_back_after_the_spec(disturbed: Suite, jobs: str) -> None:
    disturbed.feature(
        """
        @ordered
        Feature: f
          Scenario: leaves
            Given the current folder changes
          Scenario: reads
            Given a file beside the suite is read
        """
    )
    ended = disturbed.run("-j", jobs)

    assert ended.last_line == "2 passed, 0 failed, 0 skipped"


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_folder_of_before_all_is_that_of_every_spec(disturbed: Suite, jobs: str) -> None:
    (disturbed.folder / "inner").mkdir()
    (disturbed.folder / "inner" / "data.txt").write_text("here")
    (disturbed.folder / "data.txt").write_text("not here")
    disturbed.feature("Scenario: s\n  Given a file beside the suite is read")
    disturbed.hooks("import os\n\ndef before_all(context):\n    os.chdir('inner')")
    ended = disturbed.run("-j", jobs)

    assert ended.last_line == "1 passed, 0 failed, 0 skipped"


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_forked_child_ends_alone(disturbed: Suite, jobs: str) -> None:
    disturbed.feature(
        """
        Scenario: exits
          Given a forked child ends with sys.exit
        Scenario: breaks
          Given a forked child ends with an error
        Scenario: returns
          Given a forked child ends with a return
        Scenario: next
          Given it passes
        """
    )
    ended = disturbed.run("-j", jobs, "-f", "plain")

    assert (ended.code, ended.last_line) == (0, "4 passed, 0 failed, 0 skipped")
    assert sorted(line for line in ended.log if line.startswith("child")) == [
        "child 0",
        "child 1",
        "child 3",
    ]
    assert ended.log.count("next passes") == 1
    assert ended.out.count("Scenario: next") == 1


def test_modules_of_the_current_folder_do_not_keep_workers_from_starting(suite: Suite) -> None:
    for name in ("queue", "types"):
        (suite.folder / f"{name}.py").write_text("raise RuntimeError('a stray module')")
    suite.feature("Scenario: s\n  Given it passes")
    command = str(Path(suite.python).with_name("behave"))
    ended = suite.end(suite.popen([command, *suite.runner, "-j", "2"]))

    assert ended.last_line == "1 passed, 0 failed, 0 skipped"


def test_workers_get_the_flags_of_python(disturbed: Suite) -> None:
    disturbed.feature("Scenario: s\n  Given it logs the flags of Python")
    command = [disturbed.python, "-O", "-X", "importtime=0", "-W", "error::ImportWarning"]
    ended = disturbed.end(disturbed.popen([*command, "-m", "behave", *disturbed.runner, "-j", "2"]))

    assert ended.last_line == "1 passed, 0 failed, 0 skipped"
    assert "1 {'importtime': '0'} ['error::ImportWarning'] True" in ended.log


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_temporary_file_that_a_failure_names_stays(
    disturbed: Suite, jobs: str, tmp_path: Path
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    disturbed.feature("Scenario: s\n  Given a temporary file is named in a failure")
    ended = disturbed.run("-j", jobs, TMPDIR=str(temporary))
    (path,) = [line for line in ended.log if line.endswith(".txt")]

    assert ended.last_line == "0 passed, 1 failed, 0 skipped"
    assert Path(path).is_file()
    if jobs == "2":
        assert f"temporary files of the specs, for a day: {Path(path).parent}" in ended.out
        disturbed.run("-j", "2", TMPDIR=str(temporary))
        assert Path(path).is_file()


def test_a_worker_whose_connection_a_step_closes_cleans_up(disturbed: Suite) -> None:
    disturbed.feature(
        """
        @ordered.continue
        Feature: f
          Scenario: closes
            Given cleanup "first" is deferred
            When all other files are closed
          Scenario: next
            Given it passes
        """
    )
    ended = disturbed.run("-j", "2")

    assert ended.last_line == "1 passed, 1 failed, 0 skipped"
    assert "cleanup first" in ended.log
    assert "next passes" in ended.log
