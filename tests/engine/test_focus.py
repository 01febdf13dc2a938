"""Focus, pending, skip, empty runs, dry runs and outlines."""

from __future__ import annotations

import csv
import io
import json

import pytest

from .conftest import Suite

SPECS = """
    Scenario: usual
      Given it passes
    @focus
    Scenario: focused
      Given it passes
"""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_focus_runs_only_what_carries_it_and_does_not_count(suite: Suite, jobs: str) -> None:
    suite.feature(SPECS)
    suite.feature("Scenario: other\n  Given it passes", "g")
    ended = suite.run("-j", jobs)

    assert ended.code == 3
    assert ended.last_line == "1 passed, 0 failed, 2 skipped"
    assert "focused: 1 of 3 specs carry @focus; the others did not run" in ended.out
    assert [line for line in ended.log if line.endswith("passes")] == ["focused passes"]
    assert "before feature g" not in ended.log


def test_pending_and_skip_are_listed_with_their_reasons(suite: Suite) -> None:
    suite.feature(
        """
        @pending
        Scenario: later
          Given it fails
        @skip
        Scenario: never
          Given it fails
        Scenario: not here
          Given it passes
        Scenario: now
          Given it passes
        """
    )
    suite.hooks(
        "def before_scenario(context, scenario):\n"
        "    if scenario.name == 'not here':\n"
        "        scenario.skip('no wings')"
    )
    ended = suite.run()
    strict = suite.run("-D", "maidenhair.fail-on-pending=yes")

    assert (ended.code, strict.code) == (0, 3)
    assert ended.last_line == "1 passed, 0 failed, 3 skipped"
    listed = [line for line in ended.out.splitlines() if line.startswith("skipped: ")]
    assert listed == [
        "skipped: later: pending",
        "skipped: never: @skip",
        "skipped: not here: no wings",
    ]


def test_an_empty_run_fails_where_that_is_wanted(suite: Suite) -> None:
    suite.feature(SPECS)
    options = ("--tags", "@nothing")
    assert suite.run(*options).code == 0
    assert suite.run(*options, MAIDENHAIR_FAIL_ON_EMPTY="yes").code == 3
    suite.hooks("def before_scenario(context, scenario):\n    scenario.skip('no')")
    assert suite.run(MAIDENHAIR_FAIL_ON_EMPTY="yes").code == 3


def test_a_dry_run_runs_nothing(suite: Suite) -> None:
    suite.feature("Scenario: bad\n  Given it fails\nScenario: undefined\n  Given nobody knows")
    suite.hooks("def before_run(context):\n    log('before run')")
    ended = suite.run("--dry-run", "-j", "2", "-f", "plain")

    assert ended.log == []
    assert "Given it fails ... untested" in ended.out
    assert ended.code == 1
    assert suite.run("--dry-run", "--name", "bad").code == 0


def test_the_outline_lists_specs_in_three_forms(suite: Suite) -> None:
    suite.feature(
        """
        @net
        Feature: whole
          Scenario: plain
            Given it passes
          @pending
          Scenario Outline: row <n>
            Given it passes
            Examples:
              | n |
              | 1 |
          Rule: inner
            Scenario: ruled
              Given it passes
        """
    )
    indented = suite.command("outline", ".").out
    rows = list(csv.DictReader(io.StringIO(suite.command("outline", "--format", "csv", ".").out)))
    found = json.loads(suite.command("outline", "--format", "json", ".", "--tags", "@pending").out)

    assert indented.splitlines() == [
        "whole",
        "  plain  # f.feature:3",
        "  row 1 -- @1.1   # f.feature:10  (pending)",
        "  inner",
        "    ruled  # f.feature:12",
    ]
    assert [(row["rule"], row["name"], row["tags"]) for row in rows][-1] == (
        "inner",
        "ruled",
        "net",
    )
    assert [each["state"] for each in found] == ["not selected", "pending", "not selected"]
    assert suite.log == []
