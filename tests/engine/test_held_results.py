"""Results that are held until checks in the background have ended."""

from __future__ import annotations

import json
import signal

import pytest
from hamcrest import assert_that, contains_string

from .conftest import Suite

# With one job a worker process runs specs whose order is not that of the features: the last one has a priority.
ONE_WORKER = ("-j", "1")
REPORT = ("-f", "json", "-o", "r.json")
STEPS = """
import os
from behave import step
from notes import count, log
from maidenhair.waiting import eventually

def wait_for(name):
    eventually(lambda: os.path.exists(name), True, within=50)
    log(f"found {name}")

@step('the file "{name}" is written')
def write(context, name):
    open(name, "w").close()

@step('its result is held until the file "{name}" exists')
def hold(context, name):
    context.hold_result(f"find the file {name}", lambda: wait_for(name))

@step("its result is held, and fails")
def hold_and_fail(context):
    name = context.scenario.name

    def fail():
        log(f"checks {name}")
        assert count(name) > 1, "the table is still there"

    context.hold_result("remove the table", fail)
"""


@pytest.fixture(autouse=True)
def steps(suite: Suite) -> None:
    (suite.folder / "steps" / "held.py").write_text(STEPS)


def elements(suite: Suite) -> dict[str, str]:
    """Return the status of each spec, in the order of the report. Each has one result."""
    features = json.loads((suite.folder / "r.json").read_text())
    found = [
        (each["name"], each["status"])
        for feature in features
        for each in feature["elements"]
        if each["type"] != "background"
    ]
    assert len(dict(found)) == len(found)
    return dict(found)


def test_a_worker_runs_the_next_spec_while_it_holds_a_result(suite: Suite) -> None:
    suite.feature("""
        Scenario: one
          Given its result is held until the file "two" exists
          And the file "one" is written
        @priority.1
        Scenario: two
          Given its result is held until the file "one" exists
          And the file "two" is written
        """)
    ended = suite.run(*ONE_WORKER, *REPORT)

    assert ended.last_line == "2 passed, 0 failed, 0 skipped"
    assert elements(suite) == {"one": "passed", "two": "passed"}
    # The hook may remove what the checks use.
    assert {"found one", "found two"} <= set(ended.log)
    assert ended.log[-1] == "after feature f"


@pytest.mark.parametrize("options", [ONE_WORKER, ("-j", "2")], ids=["one worker", "two workers"])
def test_a_check_that_fails_late_fails_its_own_spec(suite: Suite, options: tuple[str, ...]) -> None:
    suite.feature("""
        Scenario: two
          Given it passes
        @priority.1
        Scenario: one
          Given its result is held, and fails
        """)
    ended = suite.run(*options, *REPORT, "--junit")

    assert ended.code == 1
    assert ended.last_line == "1 passed, 1 failed, 0 skipped"
    # In the order of the feature.
    assert list(elements(suite).items()) == [("two", "passed"), ("one", "hook_error")]
    error = "CleanupFailed: could not remove the table: AssertionError: the table is still there"
    assert_that(ended.out, contains_string(error))
    assert_that((suite.folder / "reports" / "TESTS-f.xml").read_text(), contains_string(error))
    (events,) = suite.folder.glob("artifacts/*/events.jsonl")
    ends = [
        each
        for each in map(json.loads, events.read_text().splitlines())
        if "spec_ended" in str(each)
    ]
    assert len(ends) == 2


def test_a_step_that_failed_before_stays_the_reason(suite: Suite) -> None:
    suite.feature("""
        Scenario: two
          Given it passes
        @priority.1
        Scenario: one
          Given its result is held, and fails
          And it fails
        """)
    ended = suite.run(*ONE_WORKER, "--junit")

    assert ended.last_line == "1 passed, 1 failed, 0 skipped"
    assert_that(ended.out, contains_string("as it should"))
    report = (suite.folder / "reports" / "TESTS-f.xml").read_text()
    assert_that(report, contains_string("the table is still there"))


@pytest.mark.parametrize(
    ("options", "tag"),
    [(("-j", "1"), ""), (("-j", "2", "--stop"), ""), (("-j", "2"), "@flaky.2")],
    ids=["one job", "stop", "attempts"],
)
def test_a_check_runs_at_once_where_the_next_step_of_the_run_depends_on_it(
    suite: Suite, options: tuple[str, ...], tag: str
) -> None:
    suite.feature(f"""
        {tag}
        Scenario: one
          Given its result is held, and fails
          And it logs "later"
        """)
    ended = suite.run(*options)

    assert "later" not in ended.log if not tag else ended.log.count("later") == 1
    assert ended.last_line.startswith("1 passed" if tag else "0 passed, 1 failed")


def test_an_ordered_spec_begins_when_the_one_before_has_its_result(suite: Suite) -> None:
    suite.feature("""
        @ordered
        Feature: f
          Scenario: one
            Given its result is held, and fails
          Scenario: two
            Given it passes
        """)
    ended = suite.run("-j", "2", *REPORT)

    assert elements(suite)["two"] == "skipped"
    assert "two passes" not in ended.log


def test_a_lock_is_held_until_the_result_is_final(suite: Suite) -> None:
    suite.feature("""
        @exclusive.table @priority.1
        Scenario: one
          Given its result is held until the file "done" exists
        @exclusive.table
        Scenario: two
          Given it passes
        Scenario: three
          Given it waits 1 s
          And the file "done" is written
        """)
    ended = suite.run("-j", "2")

    assert ended.last_line == "3 passed, 0 failed, 0 skipped"
    assert ended.log.index("found done") < ended.log.index("two passes")


def test_the_limit_of_cleanups_is_that_of_checks(suite: Suite) -> None:
    suite.feature("""
        Scenario: two
          Given it passes
        @priority.1
        Scenario: one
          Given its result is held until the file "never" exists
        """)
    ended = suite.run(*ONE_WORKER, "-D", "maidenhair.cleanup_timeout=1s")

    assert ended.last_line == "1 passed, 1 failed, 0 skipped"
    expected = (
        "could not find the file never: LimitExceeded: the cleanup's limit of 1 s was reached"
    )
    assert_that(ended.out, contains_string(expected))


def test_the_specs_fail_whose_results_a_killed_worker_held(suite: Suite) -> None:
    suite.feature("""
        Scenario: three
          Given it passes
        @priority.1
        Scenario: two
          Given its process is killed by SIGKILL
        @priority.2
        Scenario: one
          Given its result is held until the file "never" exists
        """)
    ended = suite.run(*ONE_WORKER, *REPORT)

    assert ended.last_line == "1 passed, 2 failed, 0 skipped"
    assert elements(suite) == {"one": "hook_error", "two": "error", "three": "passed"}
    expected = "its result was held for checks after the spec, which did not end: Worker lost"
    assert_that(ended.out, contains_string(expected))


def test_held_results_are_awaited_after_an_interrupt(suite: Suite) -> None:
    suite.feature("""
        Scenario: two
          Given it waits 600 s
        Scenario: three
          Given it passes
        @priority.1
        Scenario: one
          Given its result is held until the file "done" exists
        """)
    process = suite.start(*ONE_WORKER, *REPORT)
    suite.wait_for("two waits")
    process.send_signal(signal.SIGINT)
    (suite.folder / "done").touch()
    ended = suite.end(process)

    assert ended.code == 130
    assert "found done" in ended.log
    assert elements(suite)["one"] == "passed"


def test_the_second_interrupt_does_not_wait_for_held_results(suite: Suite) -> None:
    suite.feature("""
        Scenario: two
          Given it waits 600 s
        @priority.1
        Scenario: one
          Given its result is held until the file "never" exists
        """)
    process = suite.start(*ONE_WORKER, *REPORT)
    suite.wait_for("two waits")
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    ended = suite.end(process)

    assert ended.last_line == "0 passed, 2 failed, 0 skipped"
    assert elements(suite)["one"] == "hook_error"


@pytest.mark.parametrize("options", [ONE_WORKER, ("-j", "2")], ids=["one worker", "two workers"])
def test_a_check_that_fails_late_is_not_the_failure_that_was_expected(
    suite: Suite, options: tuple[str, ...]
) -> None:
    suite.feature("""
        Scenario: flawed
          Given its result is held, and fails
          And it fails
        @priority.1
        Scenario: other
          Given it passes
        """)
    suite.hooks("""
        def before_scenario(context, scenario):
            if scenario.name == "flawed":
                context.expect_failure("Widgets 1.2 are grey")
    """)
    ended = suite.run(*options, *REPORT)

    assert ended.code == 1
    assert ended.last_line == "1 passed, 1 failed, 0 skipped"
    assert_that(ended.out, contains_string("also: CleanupFailed: could not remove the table"))
