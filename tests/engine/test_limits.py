"""Limits of specs, of cleanups and of the run, and what ignores them."""

from __future__ import annotations

from textwrap import dedent

import psutil
import pytest
from hamcrest import assert_that, contains_string, has_item, not_

from .conftest import Suite


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_step_is_interrupted_at_the_limit_with_all_that_is_known(suite: Suite, jobs: str) -> None:
    suite.feature(
        """
        @timeout.1s
        Scenario: waiting
          Given cleanup "first" is deferred
          When it waits for what never comes
          Then it logs "not interrupted"
        @timeout.1s
        Scenario: asynchronous
          Given cleanup "second" is deferred
          When it awaits what never comes
        Scenario: next
          Given it passes
        """
    )
    ended = suite.run("-j", jobs, "-f", "plain")

    assert ended.code == 1
    assert ended.last_line == "1 passed, 2 failed, 0 skipped"
    assert_that(ended.out, contains_string("the spec's limit of 1 s was reached"))
    assert_that(ended.out, contains_string("the step `When it waits for what never comes`"))
    assert_that(ended.out, contains_string("waiting for the moon to rise"))
    assert_that(ended.out, contains_string("last seen: was 'no moon'"))
    assert_that(ended.out, contains_string("in waits_for_nothing"))
    assert {"cleanup first", "cleanup second"} <= set(ended.log)
    assert_that(ended.log, not_(has_item("not interrupted")))


def test_cleanups_have_a_limit_of_their_own_and_the_others_run(suite: Suite) -> None:
    suite.feature(
        """
        @timeout.60s
        Scenario: slow to clean
          Given cleanup "first" is deferred
          And cleanup "slow" is deferred, which waits 600 s
        Scenario: next
          Given it passes
        """
    )
    ended = suite.run("-D", "maidenhair.cleanup-timeout=3s", "-f", "plain")

    assert ended.last_line == "1 passed, 1 failed, 0 skipped"
    assert_that(ended.out, contains_string("the cleanup's limit of 3 s was reached"))
    assert_that(ended.log, has_item("cleanup first"))
    assert_that(ended.log, not_(has_item("cleanup slow")))


def test_what_ignores_its_limit_is_killed_and_the_run_goes_on(suite: Suite) -> None:
    suite.feature(
        """
        @timeout.1s
        Scenario: deaf
          Given a child process is left behind
          When it waits and hears nothing
          Then it passes
        @timeout.1s
        Scenario: alone
          When it waits and lets nobody else run
        Scenario: next
          Given it passes
        """
    )
    ended = suite.run("-j", "2", "-D", "maidenhair.grace-period=1s", "-f", "plain", "--junit")

    assert ended.code == 1
    assert ended.last_line == "1 passed, 2 failed, 0 skipped"
    assert_that(ended.out, contains_string("the grace period of 1 s is over"))
    assert_that(ended.out, contains_string("it ignores its limit, and does not answer"))
    junit = (suite.folder / "reports" / "TESTS-f.xml").read_text()
    assert_that(junit, contains_string("the step `When it waits and hears nothing`"))
    assert_that(junit, contains_string("the step `When it waits and lets nobody else run`"))
    (child,) = [line.split()[1] for line in ended.log if line.startswith("child")]
    assert not psutil.pid_exists(int(child)) or is_zombie(int(child))


def test_a_spec_that_begins_while_results_are_shown_is_killed_at_its_limit_too(
    suite: Suite,
) -> None:
    suite.feature(
        """
        @ordered
        Feature: f
          Scenario: shown slowly
            Given it passes
          @timeout.1s
          Scenario: alone
            When it waits and lets nobody else run
        """
    )
    (suite.folder / "slow.py").write_text(
        dedent(
            """
            import time

            from behave.formatter.base import Formatter

            class Slow(Formatter):
                def scenario(self, scenario):
                    time.sleep(2)
            """
        )
    )
    ended = suite.run(
        "-j", "2", "-D", "maidenhair.grace-period=1s", "-f", "slow:Slow", "-f", "plain"
    )

    assert ended.last_line == "1 passed, 1 failed, 0 skipped"
    assert_that(ended.out, contains_string("it ignores its limit, and does not answer"))


def is_zombie(pid: int) -> bool:
    return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_with_one_job_the_run_ends_there_with_its_reports(suite: Suite) -> None:
    suite.feature(
        """
        Scenario: before
          Given it passes
        @timeout.1s
        Scenario: deaf
          When it waits and hears nothing
        Scenario: next
          Given it passes
        """
    )
    ended = suite.run("-D", "maidenhair.grace-period=1s", "-f", "plain", "--junit")

    assert ended.code == 1
    assert ended.last_line == "1 passed, 1 failed, 0 skipped, 1 untested"
    assert "untested: next: a spec before it did not stop at its time limit" in ended.out
    assert_that(
        ended.out,
        contains_string(
            "Run stopped: a spec did not stop at its time limit. the spec's limit of 1 s was reached"
        ),
    )
    junit = (suite.folder / "reports" / "TESTS-f.xml").read_text()
    assert_that(junit, contains_string("the spec's limit of 1 s was reached, and the grace period"))


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_run_has_a_limit_at_which_it_ends_in_order(suite: Suite, jobs: str) -> None:
    suite.feature(
        """
        Scenario: long
          Given cleanup "first" is deferred
          When it waits 600 s
        @priority.-1
        Scenario: next
          Given it waits 600 s
        """
    )
    ended = suite.run("-j", jobs, "-D", "maidenhair.run-timeout=10s", "-f", "plain", "--junit")

    assert ended.code == 1
    assert ended.last_line in (
        "0 passed, 2 failed, 0 skipped",
        "0 passed, 1 failed, 0 skipped, 1 untested",
    )
    assert_that(ended.out, contains_string("the run's limit of 10 s was reached"))
    assert_that(ended.log, has_item("cleanup first"))
    assert (suite.folder / "reports" / "TESTS-f.xml").exists()
