"""The location of a run: on request, at intervals, on a terminal and elsewhere."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys

import pytest
from hamcrest import assert_that, contains_string, has_item

from .conftest import RUN_SECONDS, RUNNER, Suite
from .test_interrupts import read_until

WAITING = """
    Scenario: long
      Given it waits for what never comes
"""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_run_reports_its_location_on_request(suite: Suite, jobs: str) -> None:
    suite.feature(WAITING)
    process = suite.start("-j", jobs)
    suite.wait_for("long waits")
    process.send_signal(signal.SIGUSR1)
    text = read_until(process, "in waits_for_nothing")
    process.send_signal(signal.SIGINT)
    ended = suite.end(process)

    assert_that(text, contains_string("f.feature:2 long"))
    assert_that(text, contains_string("the step `Given it waits for what never comes`"))
    assert_that(text, contains_string("waiting for the moon to rise"))
    assert ended.last_line == "0 passed, 1 failed, 0 skipped"


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_location_of_a_long_spec_is_reported_again_and_again(suite: Suite, jobs: str) -> None:
    suite.feature(WAITING)
    process = suite.start("-j", jobs, "-D", "maidenhair.poll-progress-after=500ms")
    for _ in range(2):
        read_until(process, "waiting for the moon to rise")
    process.send_signal(signal.SIGINT)

    assert suite.end(process).code == 130


def test_elsewhere_than_on_a_terminal_there_are_no_escape_codes(suite: Suite) -> None:
    suite.feature("Scenario: a\n  Given it passes\nScenario: b\n  Given it fails")
    ended = suite.run("-j", "2", CI="true")

    assert "\x1b" not in ended.out + ended.err


def test_on_a_terminal_there_is_a_live_display_around_the_output(suite: Suite) -> None:
    suite.feature("Scenario: a\n  Given it waits 1 s\nScenario: b\n  Given it fails")
    suite.feature("Scenario: c\n  Given it waits 1 s", "g")
    ours, theirs = pty.openpty()
    environment = {
        name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR")
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "behave", *RUNNER, "-j", "2", "-f", "plain", "--no-color"],
        cwd=suite.folder,
        env={**environment, "TERM": "xterm", "SUITE_LOG": str(suite.folder / "log")},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    text = b""
    try:
        while part := os.read(ours, 4096):
            text += part
    except OSError:
        # A terminal whose other side is closed ends so.
        pass
    os.close(ours)
    process.wait(RUN_SECONDS)
    lines = text.decode().replace("\r", "").splitlines()

    assert "running" in text.decode()
    assert_that(lines, has_item("2 passed, 1 failed, 0 skipped"))
    assert lines[-1] == "2 passed, 1 failed, 0 skipped"
    assert any("Given it fails ... failed" in line for line in lines)
