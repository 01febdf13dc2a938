"""Long output of a spec: both ends in the reports, all of it in a file among the artifacts."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Ended, Suite

STEPS = """
import logging
import subprocess
import sys

from behave import step


@step("{number:d} lines are printed to {stream}")
def prints(context, number, stream):
    for line in range(number):
        if stream == "the log":
            logging.getLogger("x").warning("%08d", line)
        else:
            print(f"{line:08d}", file=getattr(sys, stream))


@step("a child process prints {number:d} lines")
def child_prints(context, number):
    code = f"for line in range({number}): print(f'{{line:08d}}')"
    subprocess.run([sys.executable, "-c", code], check=True)
"""
LINES = 20_000


@pytest.fixture
def talking(suite: Suite) -> Suite:
    """Give a suite whose steps print."""
    (suite.folder / "steps" / "talking.py").write_text(STEPS)
    return suite


def file_of(talking: Suite) -> Path:
    (path,) = (talking.folder / "artifacts").glob("*/output/*.txt")
    return path


def assert_ends_are_shown(ended: Ended, text: str, path: Path) -> None:
    assert "00000000" in text
    assert f"{LINES - 1:08d}" in text
    assert f"{LINES // 2:08d}" not in text
    assert f"the whole output is in {path} …" in text
    written = [line[-8:] for line in path.read_text().splitlines()]
    assert written == [f"{line:08d}" for line in range(LINES)]


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("stream", ["stdout", "stderr", "the log"])
def test_both_ends_of_captured_output_are_shown(talking: Suite, jobs: str, stream: str) -> None:
    talking.feature(
        f"""
        Scenario: talks
          Given {LINES} lines are printed to {stream}
          And it fails
        """
    )
    ended = talking.run("-j", jobs, "--junit", "-D", "maidenhair.output-limit=1KiB")

    junit = (talking.folder / "reports" / "TESTS-f.xml").read_text()
    assert ended.last_line == "0 passed, 1 failed, 0 skipped"
    if stream != "the log":
        assert_ends_are_shown(ended, junit, file_of(talking))
    assert len(junit) < 20_000


def test_a_later_step_shows_its_own_output(talking: Suite) -> None:
    talking.feature(
        f"""
        Scenario: talks
          Given {LINES} lines are printed to stdout
          And 2 lines are printed to stdout
          And it fails
        """
    )
    ended = talking.run("-f", "plain", "-D", "maidenhair.output-limit=1KiB")

    assert ended.last_line == "0 passed, 1 failed, 0 skipped"
    assert ended.out.rstrip().count("00000001") >= 2


@pytest.mark.parametrize("step", ["lines are printed to stdout", "a child process prints"])
def test_output_that_behave_does_not_capture_is_limited_in_workers(
    talking: Suite, step: str
) -> None:
    text = f"{LINES} {step}" if step.startswith("lines") else f"{step} {LINES} lines"
    talking.feature(f"Scenario: talks\n  Given {text}")
    ended = talking.run(
        *("-j", "2", "--no-capture", "-f", "plain", "-D", "maidenhair.output-limit=1KiB")
    )

    assert ended.last_line == "1 passed, 0 failed, 0 skipped"
    assert_ends_are_shown(ended, ended.out, file_of(talking))


def test_a_lost_worker_leaves_its_last_words_after_much_output(talking: Suite) -> None:
    talking.feature(
        f"""
        Scenario: talks
          Given {LINES} lines are printed to stdout
          And its process is killed by SIGKILL
        """
    )
    ended = talking.run("-j", "2", "-f", "plain")

    assert ended.last_line == "0 passed, 1 failed, 0 skipped"
    assert "some last words" in ended.out
