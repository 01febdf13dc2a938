"""SIGINT and SIGTERM during steps, hooks and cleanups; the second and the third signal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import psutil
import pytest
from hamcrest import assert_that, contains_string, has_length

from maidenhair.waiting import eventually

from .conftest import RUN_SECONDS, Suite

LONG = """
    Scenario: long
      Given cleanup "first" is deferred
      And cleanup "second" is deferred
      When it waits 600 s
      Then it logs "not interrupted"
    Scenario: next
      Given it logs "next"
"""
CLEANING = """
    Scenario: long
      Given cleanup "first" is deferred
      And cleanup "slow" is deferred, which waits {seconds} s
    Scenario: next
      Given it logs "next"
"""
AROUND = """
    def before_run(context):
        log("before run")

    def after_run(context):
        log("after run")

    def after_all(context):
        log("after all")
"""


@pytest.fixture(params=["1", "2"])
def jobs(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_the_first_signal_interrupts_a_step_and_cleans_up(
    suite: Suite, name: str, jobs: str
) -> None:
    suite.feature(LONG)
    suite.hooks(AROUND)
    number = signal.Signals[name]
    process = suite.start("-j", jobs, "-f", "json", "-o", "r.json", "--junit")
    suite.wait_for("long waits")
    process.send_signal(number)
    ended = suite.end(process)

    assert ended.code == 128 + number
    assert [line for line in ended.log if "waits" not in line and line != "next"] == [
        "before run",
        "before feature f",
        "after long",
        "cleanup second",
        "cleanup first",
        "after feature f",
        "after all",
        *(["after all"] if ended.log.count("after all") == 2 else []),
        "after run",
    ] or jobs == "2"
    assert ended.log[-1] == "after run"
    assert {"after long", "cleanup second", "cleanup first", "after all"} <= set(ended.log)
    assert "not interrupted" not in ended.log
    assert " failed, 0 skipped" in ended.last_line
    assert_that(ended.err, contains_string(f"{name}: cleaning up, then leaving"))
    (feature,) = json.loads((suite.folder / "r.json").read_text())
    assert feature["elements"][0]["status"] == "error"
    assert (suite.folder / "reports" / "TESTS-f.xml").exists()


def test_a_signal_during_a_cleanup_lets_all_of_them_run(suite: Suite, jobs: str) -> None:
    suite.feature(CLEANING.format(seconds=1))
    process = suite.start("-j", jobs)
    suite.wait_for("cleanup slow waits")
    process.send_signal(signal.SIGINT)
    ended = suite.end(process)

    assert ended.code == 130
    order = [line for line in ended.log if line.startswith("cleanup")]
    assert order == ["cleanup slow waits", "cleanup slow", "cleanup first"]
    assert ended.last_line in (
        "1 passed, 0 failed, 0 skipped, 1 untested",
        "2 passed, 0 failed, 0 skipped",
    )
    if jobs == "1":
        assert "untested: next: the run was interrupted by SIGINT" in ended.out


def test_the_second_signal_skips_cleanups_and_writes_reports(suite: Suite, jobs: str) -> None:
    suite.feature(CLEANING.format(seconds=600))
    suite.hooks(AROUND)
    process = suite.start("-j", jobs, "--junit")
    suite.wait_for("cleanup slow waits")
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGINT)
    ended = suite.end(process)

    assert ended.code in (130, 143)
    assert "cleanup first" not in ended.log
    assert "after run" not in ended.log
    assert_that(ended.err, contains_string("leaving without cleanups"))
    assert (suite.folder / "reports" / "TESTS-f.xml").exists()
    assert not ended.last_line.startswith("2 passed")
    assert " failed, 0 skipped" in ended.last_line


@pytest.mark.parametrize("hook", ["before_run", "before_all", "before_scenario"])
def test_a_signal_interrupts_a_hook_and_nothing_more_runs(
    suite: Suite, hook: str, jobs: str
) -> None:
    suite.feature(LONG)
    suite.hooks(
        f"""
        import asyncio
        from maidenhair import defer_cleanup

        async def {hook}(context, *_):
            defer_cleanup(context, log, "cleanup of the hook")
            log("hook waits")
            await asyncio.sleep(600)
        """
    )
    process = suite.start("-j", jobs)
    suite.wait_for("hook waits")
    process.send_signal(signal.SIGINT)
    ended = suite.end(process)

    assert ended.code == 130
    untested = "0 passed, 0 failed, 0 skipped, 2 untested"
    # With two workers, the hook may have begun in both.
    begun = ("0 passed, 1 failed, 0 skipped, 1 untested", "0 passed, 2 failed, 0 skipped")
    assert ended.last_line in (begun if hook == "before_scenario" else (untested,))
    assert "cleanup of the hook" in ended.log
    assert "next" not in ended.log


def test_the_third_signal_ends_everything_at_once(suite: Suite, jobs: str) -> None:
    suite.feature("Scenario: deaf\n  Given it waits and hears nothing")
    suite.hooks("import os\n\ndef before_all(context):\n    log(f'pid {os.getpid()}')")
    process = suite.start("-j", jobs, "-D", "maidenhair.order=random")
    suite.wait_for("deaf waits")
    for number, announced in (
        (signal.SIGINT, "once more skips cleanups"),
        (signal.SIGTERM, "once more leaves at once"),
    ):
        process.send_signal(number)
        read_until(process, announced)
    process.send_signal(signal.SIGINT)
    ended = suite.end(process)

    # The second signal may have ended the run by then.
    assert ended.code in (-signal.SIGINT, 130)
    assert " passed" not in ended.last_line or ended.last_line.startswith("0 passed")


def test_a_step_that_ignores_the_signal_is_dealt_with_after_the_grace_period(
    suite: Suite, jobs: str
) -> None:
    suite.feature("Scenario: deaf\n  Given it waits and hears nothing")
    process = suite.start("-j", jobs, "-D", "maidenhair.grace-period=1s", "--junit")
    suite.wait_for("deaf waits")
    process.send_signal(signal.SIGTERM)
    ended = suite.end(process)

    assert ended.code == (1 if jobs == "1" else 143)
    assert ended.last_line == "0 passed, 1 failed, 0 skipped"
    junit = (suite.folder / "reports" / "TESTS-f.xml").read_text()
    assert_that(junit, contains_string("the run was interrupted, and the grace period of 1 s is"))


def test_nobody_needs_to_read_what_a_run_that_is_ended_writes(suite: Suite, jobs: str) -> None:
    suite.feature("Scenario: deaf\n  Given it waits and hears nothing")
    process = suite.start("-j", jobs, "-D", "maidenhair.grace-period=1s")
    suite.wait_for("deaf waits")
    for stream in (process.stdout, process.stderr):
        assert stream is not None
        stream.close()
    process.send_signal(signal.SIGTERM)

    assert process.wait(RUN_SECONDS) != 0


def test_workers_clean_up_when_the_run_is_killed(suite: Suite) -> None:
    suite.feature(LONG)
    process = suite.start("-j", "2")
    suite.wait_for("long waits")
    process.kill()
    suite.wait_for("cleanup first")
    suite.end(process)

    assert "cleanup second" in suite.log


def test_the_next_run_removes_the_files_of_one_that_was_killed_with_its_workers(
    suite: Suite, tmp_path: Path
) -> None:
    suite.feature(LONG)
    suite.hooks(
        """
        import os
        import tempfile

        def before_all(context):
            tempfile.mkdtemp(prefix="of-a-spec-")
            log(f"worker {os.getpid()}")
        """
    )
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    lives = suite.start("-j", "2", TMPDIR=str(temporary))
    for line in ("long waits", "next"):
        suite.wait_for(line)
    (other,) = temporary.iterdir()
    (suite.folder / "log").unlink()
    process = suite.start("-j", "2", TMPDIR=str(temporary))
    for line in ("long waits", "next"):
        suite.wait_for(line)
    workers = [int(line.split()[1]) for line in suite.log if line.startswith("worker ")]
    # A worker that outlives its run removes the files, and a run notices that a worker has died.
    process.send_signal(signal.SIGSTOP)
    for pid in (*workers, process.pid):
        os.kill(pid, signal.SIGKILL)
    suite.end(process)
    assert len(list(temporary.iterdir())) == 2

    (suite.folder / "f.feature").unlink()
    suite.feature("Scenario: short\n  Given it passes")
    ended = suite.run("-j", "2", TMPDIR=str(temporary))

    assert ended.last_line == "1 passed, 0 failed, 0 skipped"
    assert list(temporary.iterdir()) == [other]
    lives.send_signal(signal.SIGINT)
    suite.end(lives)
    assert list(temporary.iterdir()) == []


def test_a_worker_in_an_endless_loop_in_c_does_not_outlive_a_run_that_is_killed(
    suite: Suite, tmp_path: Path
) -> None:
    (suite.folder / "steps" / "endless.py").write_text(
        """
import collections, itertools, os, pathlib
from behave import step

@step("a loop in C never ends")
def never_ends(context):
    pathlib.Path("log").write_text(f"worker {os.getpid()} loops\\n")
    collections.deque(itertools.repeat(None), maxlen=0)
"""
    )
    suite.feature(
        "Scenario: endless\n  Given a loop in C never ends\nScenario: b\n  Given it passes"
    )
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    process = suite.start("-j", "2", TMPDIR=str(temporary))
    eventually(lambda: [line for line in suite.log if "loops" in line], has_length(1), within=60)
    (worker,) = (int(line.split()[1]) for line in suite.log if "loops" in line)

    process.kill()

    eventually(lambda: psutil.pid_exists(worker), False, within=60)
    eventually(lambda: list(temporary.iterdir()), [], within=60)
    suite.end(process)


def read_until(process: subprocess.Popen[str], text: str) -> str:
    """Return what a process writes on standard error up to the line with a text."""
    assert process.stderr is not None
    lines = [""]
    while text not in lines[-1]:
        lines.append(process.stderr.readline())
        assert lines[-1], f"the process ended; it wrote {lines}"
    return "".join(lines)


def test_without_before_all_there_is_no_after_all(suite: Suite, jobs: str) -> None:
    suite.feature(LONG)
    suite.hooks(
        """
        import os, signal, sys

        def interrupt(frame, event, argument):
            if event == "call" and frame.f_code.co_name == "run_hook":
                sys.setprofile(None)
                os.kill(os.getpid(), signal.SIGINT)

        def before_all(context):
            log("before all")

        def after_all(context):
            log("after all")

        sys.setprofile(interrupt)
        """
    )
    ended = suite.run("-j", jobs)
    assert ended.code != 0
    assert ended.log == []
