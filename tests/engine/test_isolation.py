"""Attempts in a worker process of their own: the setting `isolate`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from maidenhair.events import SpecEnded, SpecStarted, WorkerLost, read_events

from .conftest import Ended, Suite

COUNTER = """
import os

from behave import given
from notes import count, log

uses = 0


@given("a module that can be used once")
def use(context):
    global uses
    uses += 1
    log(f"process {os.getpid()}")
    assert uses == 1, f"use {uses}"


@given("process {number:d} of it is killed")
def kill(context, number):
    if count("process ") == number:
        os.kill(os.getpid(), 9)


@given("process {number:d} of it fails")
def fail(context, number):
    assert count("process ") != number
"""
JOBS = pytest.mark.parametrize("jobs", ["1", "2"])
ONCE = "Scenario: once\n  Given a module that can be used once\n"


@pytest.fixture
def counting(suite: Suite) -> Suite:
    """Give a suite with a step whose module keeps state that makes its second use fail."""
    (suite.folder / "steps" / "counter.py").write_text(COUNTER)
    return suite


def processes(ended: Ended) -> list[str]:
    return [line for line in ended.log if line.startswith("process ")]


def started(suite: Suite) -> list[SpecStarted]:
    return [each for each in read_events(log_of(suite)) if isinstance(each, SpecStarted)]


def log_of(suite: Suite) -> Path:
    (path,) = suite.folder.glob("artifacts/*/events.jsonl")
    return path


@pytest.mark.parametrize("jobs", ["1", "2", "auto"])
def test_state_of_a_module_outlives_attempts_unless_they_are_isolated(
    counting: Suite, jobs: str
) -> None:
    counting.feature(ONCE)
    shared = counting.command("run", "-j", jobs, "--repeat", "3", ".")

    assert (shared.code, shared.last_line) == (1, "0 passed, 1 failed, 0 skipped")
    assert "use 2" in shared.out
    assert len(set(processes(shared))) == 1

    (counting.folder / "log").unlink()
    for path in counting.folder.glob("artifacts/*/*"):
        path.unlink()
    isolated = counting.command("run", "-j", jobs, "--repeat", "3", "--isolate", "-f", "plain", ".")

    assert (isolated.code, isolated.last_line) == (0, "1 passed, 0 failed, 0 skipped")
    assert len(set(processes(isolated))) == len(processes(isolated)) == 3
    assert isolated.out.count("Scenario: once") == 1
    assert [(each.attempt, each.worker) for each in started(counting)] == [
        (1, "1"),
        (2, "2"),
        (3, "3"),
    ]


@JOBS
def test_each_worker_runs_the_hooks_around_one_attempt(counting: Suite, jobs: str) -> None:
    counting.feature(ONCE + ONCE.replace("once", "twice", 1))
    counting.hooks(
        """
        import os

        def before_all(context):
            log(f"before all {os.getpid()}")

        def after_all(context):
            log(f"after all {os.getpid()}")
        """
    )
    ended = counting.run(
        "-j", jobs, "-D", "maidenhair.isolate=yes", "-D", "maidenhair.repeat=2", "--junit"
    )

    assert ended.last_line == "2 passed, 0 failed, 0 skipped"
    numbers = [line.removeprefix("process ") for line in processes(ended)]
    assert len(set(numbers)) == 4
    for hook in ("before all", "after all"):
        assert {f"{hook} {number}" for number in numbers} <= set(ended.log)
    assert Counter(ended.log)["before feature f"] == Counter(ended.log)["after feature f"] == 4
    report = (counting.folder / "reports" / "TESTS-f.xml").read_text()
    assert report.count("<testcase") == 2
    assert "attempt 2: passed" in report


def test_workers_run_one_after_another_with_one_job(counting: Suite) -> None:
    counting.feature(ONCE + ONCE.replace("once", "twice", 1))
    counting.hooks(
        """
        def before_all(context):
            log("begin")

        def after_all(context):
            log("end")
        """
    )
    ended = counting.run("-D", "maidenhair.isolate=yes", "-D", "maidenhair.repeat=2")

    assert [line for line in ended.log if line in ("begin", "end")] == ["begin", "end"] * 4


@JOBS
def test_all_specs_run_in_new_processes_until_an_attempt_fails(counting: Suite, jobs: str) -> None:
    counting.feature(
        "Scenario: counts\n  Given a module that can be used once\n  And process 5 of it fails\n"
    )
    ended = counting.run(
        *("-j", jobs, "-D", "maidenhair.repeat=2"),
        *("-D", "maidenhair.until-it-fails=yes", "-D", "maidenhair.isolate=yes"),
    )

    assert (ended.code, ended.last_line) == (1, "2 passed, 1 failed, 0 skipped")
    assert len(set(processes(ended))) == 5
    assert "until it fails: 3 rounds" in ended.out


@pytest.mark.parametrize(
    ("tags", "expected", "attempts"),
    [
        # A spec that must pass twice has failed with the process of an attempt.
        ("@must_pass.2", "0 passed, 1 failed, 0 skipped", 1),
        ("@flaky.2", "1 passed, 0 failed, 0 skipped", 2),
    ],
)
@JOBS
def test_the_end_of_a_process_is_a_failed_attempt(
    counting: Suite, jobs: str, tags: str, expected: str, attempts: int
) -> None:
    counting.feature(
        f"{tags}\nScenario: deadly\n"
        "  Given a module that can be used once\n  And process 1 of it is killed\n"
    )
    ended = counting.run("-j", jobs, "-D", "maidenhair.isolate=yes", "-f", "plain")

    assert ended.last_line == expected
    assert len(processes(ended)) == attempts
    read = list(read_events(log_of(counting)))
    assert [each.attempt for each in read if isinstance(each, SpecStarted)] == [1, 2][:attempts]
    assert len([each for each in read if isinstance(each, WorkerLost)]) == 1
    assert len([each for each in read if isinstance(each, SpecEnded)]) == 1


@JOBS
def test_a_failed_attempt_is_tried_again_in_another_process(counting: Suite, jobs: str) -> None:
    counting.feature(
        "@flaky.3\nScenario: flaky\n"
        "  Given a module that can be used once\n  And it fails 2 times, then passes\n"
    )
    ended = counting.run("-j", jobs, "-D", "maidenhair.isolate=yes")

    assert (ended.code, ended.last_line) == (0, "1 passed, 0 failed, 0 skipped")
    assert len(set(processes(ended))) == 3
    assert "flaky: flaky: passed at attempt 3" in ended.out


@JOBS
def test_an_ordered_feature_has_one_process(counting: Suite, jobs: str) -> None:
    step = '  Given it logs "ordered"\n'
    counting.feature(
        "@ordered\nFeature: f\n"
        f"  Scenario: first\n  {step}  Scenario: second\n  {step}"
        "    And a module that can be used once\n"
    )
    ended = counting.run("-j", jobs, "-D", "maidenhair.isolate=yes")

    assert ended.last_line == "2 passed, 0 failed, 0 skipped"
    assert ended.log.count("before feature f") == 1


def test_no_attempt_starts_after_the_limit_of_failures(counting: Suite) -> None:
    counting.feature(
        'Scenario: bad\n  Given it waits until "often passes" is logged\n  And it fails', name="bad"
    )
    counting.feature(
        """
        @must_pass.9
        Scenario: often
          Given it passes
          And it waits until "after feature bad" is logged
        """
    )
    ended = counting.run(
        "-j", "2", "-D", "maidenhair.isolate=yes", "-D", "maidenhair.max-failures=1"
    )

    assert (ended.code, ended.last_line) == (1, "1 passed, 1 failed, 0 skipped")
    assert ended.log.count("often passes") == 1
