"""Runs that stop: by an abort, an interrupt in the suite, too many failures, a closed terminal, limits of hooks."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
from textwrap import dedent
from typing import Any
from xml.etree import ElementTree

import psutil
import pytest
from hamcrest import has_item

from maidenhair.waiting import eventually

from .conftest import Suite

STOPS = """
from behave import step


@step("the suite aborts the run")
def aborts(context):
    context.abort("the licence server is down")


@step("a step raises KeyboardInterrupt")
def interrupts(context):
    raise KeyboardInterrupt
"""
AFTER = "\n".join(f"Scenario: s{number}\n  Given it passes" for number in range(4))


@pytest.fixture(params=["1", "2"])
def jobs(request: pytest.FixtureRequest) -> Any:
    """Give the number of workers."""
    return request.param


@pytest.fixture
def stopping(suite: Suite) -> Suite:
    """Give a suite whose steps stop the run."""
    (suite.folder / "steps" / "stopping.py").write_text(STOPS)
    return suite


def test_an_abort_leaves_the_other_specs_untested_with_the_reason(
    stopping: Suite, jobs: str
) -> None:
    stopping.feature(
        f"@ordered\nFeature: f\nScenario: a\n  Given the suite aborts the run\n{AFTER}"
    )
    # Serial, because another worker could otherwise run a scenario before it hears of the abort.
    stopping.feature(f"@serial\nFeature: g\n{AFTER}", "g")
    ended = stopping.run("-j", jobs, "-D", "maidenhair.worker-specs=1", "-f", "json", "-o", "r")

    assert ended.code == 1
    assert ended.last_line == "1 passed, 0 failed, 0 skipped, 8 untested"
    reason = "the suite stopped the run: the licence server is down"
    for number in range(4):
        assert ended.out.count(f"untested: s{number}: {reason}\n") == 2
    assert ended.log.count("s3 passes") == 0
    first = json.loads((stopping.folder / "r").read_text())[0]
    assert first["elements"][0]["status"] == "passed"


def test_junit_has_the_reason_of_untested_specs(stopping: Suite, jobs: str) -> None:
    stopping.feature(f"Scenario: a\n  Given the suite aborts the run\n{AFTER}")
    stopping.run("-j", jobs, "-D", "maidenhair.worker-specs=1", "--junit")
    root = ElementTree.parse(stopping.folder / "reports" / "TESTS-f.xml").getroot()
    last = root.findall("testcase")[-1]

    assert last.get("status") == "untested"
    assert [each.get("message") for each in last.iter("skipped")] == [
        "the suite stopped the run: the licence server is down"
    ]


@pytest.mark.parametrize("where", ["step", "hook"])
def test_an_interrupt_that_the_suite_raises_stops_the_run(
    stopping: Suite, jobs: str, where: str
) -> None:
    step = "a step raises KeyboardInterrupt" if where == "step" else "it passes"
    stopping.feature(f"@ordered\nFeature: f\nScenario: a\n  Given {step}\n{AFTER}")
    if where == "hook":
        stopping.hooks(
            """
            def before_scenario(context, scenario):
                raise KeyboardInterrupt
            """
        )
    ended = stopping.run("-j", jobs)

    assert ended.code == 1
    assert ended.last_line == "0 passed, 1 failed, 0 skipped, 4 untested"
    assert "untested: s0: the suite stopped the run: " in ended.out
    assert "KeyboardInterrupt" in ended.out


def test_an_abort_in_before_all_runs_nothing(suite: Suite, jobs: str) -> None:
    suite.feature(AFTER)
    suite.hooks("def before_all(context):\n    context.abort('closed today')")
    ended = suite.run("-j", jobs)

    assert ended.code == 1
    assert ended.last_line == "0 passed, 0 failed, 0 skipped, 4 untested"
    assert "untested: s3: the suite stopped the run: closed today" in ended.out


def test_the_run_stops_at_the_highest_number_of_failures(suite: Suite, jobs: str) -> None:
    failing = "\n".join(f"Scenario: f{number}\n  Given it fails" for number in range(4))
    suite.feature(f"@ordered.continue\nFeature: f\n{failing}")
    suite.feature(failing, "g")
    suite.feature(AFTER, "h")
    ended = suite.command("run", "-j", jobs, "--max-failures", "2")

    assert ended.code == 1
    passed, failed, _, untested = (int(part.split()[0]) for part in ended.last_line.split(", "))
    assert passed + failed + untested == 12
    if jobs == "1":
        assert (passed, failed) == (0, 2)
    assert failed >= 2
    assert untested > 0
    assert "untested: s3: 2 specs failed, the limit that max_failures sets" in ended.out


def test_stop_names_the_reason_too(suite: Suite) -> None:
    suite.feature(f"Scenario: f\n  Given it fails\n{AFTER}")
    ended = suite.run("--stop")

    assert ended.last_line == "0 passed, 1 failed, 0 skipped, 4 untested"
    assert "untested: s0: a spec failed before it, and --stop is set" in ended.out


@pytest.mark.parametrize("name", ["SIGHUP", "SIGQUIT"])
def test_a_closed_terminal_and_a_quit_end_the_run_in_order(
    suite: Suite, name: str, jobs: str
) -> None:
    suite.feature(
        """
        Scenario: long
          Given cleanup "first" is deferred
          When it waits 600 s
        """
    )
    process = suite.start("-j", jobs)
    suite.wait_for("long waits")
    number = signal.Signals[name]
    process.send_signal(number)
    ended = suite.end(process)

    assert ended.code == 128 + number
    assert "cleanup first" in ended.log
    assert ended.last_line == "0 passed, 1 failed, 0 skipped"


def environment(suite: Suite, text: str) -> None:
    """Write the hooks of a suite, in place of those that log."""
    (suite.folder / "environment.py").write_text(dedent(text))


@pytest.mark.parametrize(
    "hook", ["before_run", "before_all", "before_feature", "before_rule", "before_tag"]
)
def test_hooks_outside_a_spec_have_a_limit(suite: Suite, hook: str, jobs: str) -> None:
    suite.feature("@t\nFeature: f\n  Rule: r\n    Scenario: s\n      Given it passes")
    environment(
        suite,
        f"""
        import time
        from behave import fixture, use_fixture

        @fixture
        def slow(context):
            time.sleep(600)
            yield

        def {hook}(context, *_):
            use_fixture(slow, context)
        """,
    )
    ended = suite.run("-j", jobs, "-D", "maidenhair.hook-timeout=1s")

    assert ended.code == 1
    assert ended.last_line == "0 passed, 1 failed, 0 skipped"
    assert f"the hook {hook}'s limit of 1 s was reached" in ended.out


@pytest.mark.parametrize("hook", ["after_feature", "after_rule", "after_tag", "after_all"])
def test_hooks_after_specs_have_the_limit_of_cleanups(suite: Suite, hook: str, jobs: str) -> None:
    suite.feature("@t\nFeature: f\n  Rule: r\n    Scenario: s\n      Given it passes")
    environment(suite, f"import time\n\ndef {hook}(context, *_):\n    time.sleep(600)")
    ended = suite.run("-j", jobs, "-D", "maidenhair.cleanup-timeout=1s")

    assert ended.code == 1
    assert "the cleanup's limit of 1 s was reached" in ended.out


STUCK = """
import collections
import itertools
import os
import re
import signal

from behave import step


@step("its process is stopped")
def is_stopped(context):
    os.kill(os.getpid(), signal.SIGSTOP)


@step("a regular expression backtracks for hours")
def backtracks(context):
    re.match(r"(a|a)*b", "a" * 60)


@step("a loop in C never ends")
def loops(context):
    collections.deque(itertools.repeat(0), maxlen=0)
"""


def test_with_one_job_a_spec_that_lets_no_thread_run_fails_alone(suite: Suite) -> None:
    (suite.folder / "steps" / "stuck.py").write_text(STUCK)
    suite.feature(
        """
        @timeout.1s
        Scenario: stopped
          Given cleanup "first" is deferred
          And its process is stopped
          And it waits 600 s
        @timeout.1s
        Scenario: backtracking
          Given cleanup "second" is deferred
          And a regular expression backtracks for hours
        @timeout.1s
        Scenario: alone
          When it waits and lets nobody else run
        Scenario: next
          Given it passes
        """
    )
    ended = suite.run("-f", "plain")

    assert (ended.code, ended.last_line) == (1, "1 passed, 3 failed, 0 skipped")
    assert ended.out.count("the spec's limit of 1 s was reached") >= 3
    assert {"cleanup first", "cleanup second"} <= set(ended.log)


def test_the_watchdog_ends_with_the_run(suite: Suite) -> None:
    suite.feature("Scenario: long\n  Given it waits 600 s")
    process = suite.start()
    suite.wait_for("long waits")
    (watchdog,) = psutil.Process(process.pid).children()
    process.kill()
    suite.end(process)

    assert watchdog.wait(30) is None


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_run_cleans_up_after_its_terminal_is_closed(suite: Suite, jobs: str) -> None:
    suite.feature(
        """
        Scenario: long
          Given cleanup "first" is deferred
          When it waits 600 s
        """
    )
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(suite.folder)
        os.environ["SUITE_LOG"] = str(suite.folder / "log")
        arguments = (suite.python, "-m", "behave", *suite.runner, "-f", "pretty", "-j", jobs)
        os.execv(suite.python, arguments)
    os.set_blocking(terminal, False)

    def log() -> list[str]:
        with contextlib.suppress(BlockingIOError):
            os.read(terminal, 65_536)
        return suite.log

    try:
        eventually(log, has_item("long waits"), within=60)
    finally:
        os.close(terminal)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 128 + signal.SIGHUP
    assert "cleanup first" in suite.log
