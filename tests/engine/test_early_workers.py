"""Tests of workers that start while the run plans."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent

import pytest
from hamcrest import empty, has_length

from maidenhair.waiting import eventually

from .conftest import RUN_SECONDS, Suite

SLOW = """
import time

from behave.formatter.base import Formatter


class Slow(Formatter):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        open("planning", "w").close()
        time.sleep(600)
"""


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


def test_a_run_that_ends_with_its_plan_leaves_no_worker(suite: Suite, temporary: Path) -> None:
    suite.feature("@mh.timeout.soon\nScenario: one\n  Given it passes")
    ended = suite.run("-j", "2", TMPDIR=str(temporary))

    assert ended.code == 2
    assert "mh.timeout.soon" in ended.err
    assert list(temporary.iterdir()) == []
    assert workers_with(temporary) == []


def test_a_run_that_is_killed_while_it_plans_leaves_no_worker(
    suite: Suite, temporary: Path
) -> None:
    suite.feature("Scenario: one\n  Given it passes")
    (suite.folder / "slow.py").write_text(SLOW)
    process = suite.start("-j", "2", "-f", "slow:Slow", TMPDIR=str(temporary))
    eventually(lambda: list(suite.folder.glob("planning")), has_length(1), within=RUN_SECONDS)
    eventually(lambda: workers_with(temporary), has_length(2), within=RUN_SECONDS)
    process.kill()
    suite.end(process)

    eventually(lambda: workers_with(temporary), empty(), within=RUN_SECONDS)
    eventually(lambda: list(temporary.iterdir()), empty(), within=RUN_SECONDS)


def test_workers_have_the_environment_that_before_run_made(suite: Suite) -> None:
    suite.hooks(
        dedent(
            """
            import os

            def before_run(context):
                os.environ["GREETING"] = "hello"

            def before_tag(context, tag):
                log(f"{tag} {os.environ.get('GREETING')}")
            """
        )
    )
    suite.feature("@one\nScenario: one\n  Given it passes\n@two\nScenario: two\n  Given it passes")
    ended = suite.run("-j", "2")

    assert ended.code == 0
    assert {"one hello", "two hello"} <= set(ended.log)


def workers_with(temporary: Path) -> Sequence[str]:
    """Return the numbers of the worker processes whose files are in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if b"worker.worker" in command and str(temporary).encode() in command:
            found.append(process.name)
    return found
