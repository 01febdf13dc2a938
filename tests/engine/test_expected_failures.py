"""Specs that are expected to fail: which failures were expected, and how reports show them."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from hamcrest import assert_that, contains_string, has_entries, has_item, not_

from .conftest import Suite

SPECS = """
    Scenario: flawed
      Given it fails
      Then it passes
    Scenario: mended
      Given it passes
    Scenario: good
      Given it passes
"""
HOOKS = """
    def before_scenario(context, scenario):
        if scenario.name != "good":
            context.expect_failure("Widgets 1.2 are grey", strict=%s)
        if scenario.name == "unready":
            raise OSError("no cluster")
        if scenario.name == "left behind":
            context.add_cleanup(int, "not removed")
"""
JOBS = pytest.mark.parametrize("jobs", ["1", "2"])


def events_of(suite: Suite, kind: str) -> list[dict[str, Any]]:
    """Return the events of a kind."""
    (file,) = suite.folder.glob("artifacts/*/events.jsonl")
    found = map(json.loads, file.read_text().splitlines())
    return [each for each in found if each["type"] == kind]


@JOBS
def test_an_expected_failure_does_not_fail_the_run(suite: Suite, jobs: str) -> None:
    suite.feature(SPECS)
    suite.hooks(HOOKS % False)
    ended = suite.run("-j", jobs, "--junit", "-f", "json", "-o", "r.json", "f.feature")

    assert ended.code == 0
    assert ended.last_line == "2 passed, 0 failed, 1 skipped (1 failed as expected)"
    lines = ended.out.splitlines()
    reason = "fails as expected: Widgets 1.2 are grey"
    assert_that(lines, has_item(f"known flaw: flawed: {reason}"))
    assert_that(lines, has_item(contains_string("known flaw: mended: passes although")))
    assert_that(lines, not_(has_item(contains_string("rerun: "))))
    (feature,) = json.loads((suite.folder / "r.json").read_text())
    assert feature["status"] == "passed"
    statuses = [each["status"] for each in feature["elements"]]
    assert statuses == ["xfailed", "xpassed", "passed"]
    root = ElementTree.parse(suite.folder / "reports" / "TESTS-f.xml").getroot()
    assert_that(root.attrib, has_entries(tests="3", failures="0", errors="0", skipped="1"))
    (case,) = (each for each in root if each.get("name") == "flawed")
    assert case[0].attrib == {"type": "xfail", "message": reason}
    # Workers end specs in any order.
    ends = events_of(suite, "spec_ended")
    assert_that(ends, has_item(has_entries(outcome="skipped", status="xfailed", reason=reason)))
    assert_that(ends, has_item(has_entries(outcome="passed", status="xpassed")))


@JOBS
def test_a_strict_expectation_fails_a_spec_that_passes(suite: Suite, jobs: str) -> None:
    suite.feature(SPECS)
    suite.hooks(HOOKS % True)
    ended = suite.run("-j", jobs, "f.feature")

    assert ended.code == 1
    assert ended.last_line == "1 passed, 1 failed, 1 skipped (1 failed as expected)"
    assert_that(ended.out, contains_string("the flaw seems mended: Widgets 1.2 are grey"))


@JOBS
def test_only_a_failed_assertion_is_expected(suite: Suite, jobs: str) -> None:
    suite.feature("""
        Scenario: unready
          Given it passes
        Scenario: left behind
          Given it fails
        Scenario: unwritten
          Given it is made of nothing
        Scenario: late
          Given it waits 60 s
    """)
    suite.hooks(HOOKS % False)
    ended = suite.run("-j", jobs, "-D", "maidenhair.timeout=1", "f.feature")

    assert ended.code == 1
    assert ended.last_line == "0 passed, 4 failed, 0 skipped"


@JOBS
def test_an_expected_failure_is_not_tried_again(suite: Suite, jobs: str) -> None:
    suite.feature(SPECS)
    suite.hooks(HOOKS % False)
    suite.run("-j", jobs, "-D", "maidenhair.flake-attempts=3", "f.feature")

    assert [each["attempts"] for each in events_of(suite, "spec_ended")] == [1, 1, 1]
