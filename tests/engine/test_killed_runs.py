"""Tests of runs with one job that their watchdog kills, because a spec lets no other code run."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
from hamcrest import assert_that, contains_string

from tests.engine.conftest import Ended, Suite, copied

ENDLESS = """
import collections
import itertools

from behave import step


@step("a loop in C never ends")
def never_ends(context):
    collections.deque(itertools.repeat(None), maxlen=0)
"""
FEATURE = """
Feature: f
  Scenario: before
    Given it passes
    And it attaches 5 bytes
  Scenario: broken
    Given it passes
    When it fails
    Then it passes
  @timeout.1s
  Scenario: endless
    Given it passes
    When a loop in C never ends
    Then it passes
  Scenario: after
    Given it passes
"""


@pytest.fixture(scope="module")
def killed_suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    suite = copied("common", tmp_path_factory.mktemp("killed"))
    (suite.folder / "steps" / "endless.py").write_text(ENDLESS)
    suite.feature(FEATURE)
    suite.feature("Scenario: last\n  Given it passes", "z")
    yield suite
    suite.close()


@pytest.fixture(scope="module")
def killed(killed_suite: Suite) -> Ended:
    formats = ("-f", "plain", "-f", "json", "-o", "-", "-o", "report.json")
    return killed_suite.run(*formats, "--junit", "-D", "maidenhair.grace-period=1s")


def test_the_closing_lines_name_each_spec(killed: Ended) -> None:
    assert killed.code == -signal.SIGKILL
    assert_that(killed.err, contains_string("Run killed: f.feature:10 endless ignored its time"))
    assert killed.last_line == "1 passed, 2 failed, 0 skipped, 2 untested"
    for name in ("after", "last"):
        reason = "a spec before it did not stop at its time limit"
        assert_that(killed.out, contains_string(f"untested: {name}: {reason}"))


def test_json_has_every_spec_with_its_steps(killed: Ended, killed_suite: Suite) -> None:
    features = json.loads((killed_suite.folder / "report.json").read_text())
    specs = {each["name"]: each for feature in features for each in feature["elements"]}

    assert {name: each["status"] for name, each in specs.items()} == {
        "before": "passed",
        "broken": "failed",
        "endless": "error",
    }
    assert [_status(step) for step in specs["endless"]["steps"]] == ["passed", "error", None]
    assert [_status(step) for step in specs["broken"]["steps"]] == ["passed", "failed", None]
    assert len(specs["before"]["steps"][1]["embeddings"]) == 1


def test_junit_has_every_planned_spec_once(killed: Ended, killed_suite: Suite) -> None:
    found = {}
    for path in sorted((killed_suite.folder / "reports").glob("*.xml")):
        for case in ElementTree.parse(path).getroot().iter("testcase"):
            assert case.get("name") not in found
            found[case.get("name")] = {each.tag for each in case}

    assert {
        name: sorted(tags & {"failure", "error", "skipped"}) for name, tags in found.items()
    } == {
        "before": [],
        "broken": ["failure"],
        "endless": ["error"],
        "after": ["skipped"],
        "last": ["skipped"],
    }


def test_the_events_are_complete_and_the_failed_specs_are_remembered(
    killed: Ended, killed_suite: Suite
) -> None:
    (folder,) = (killed_suite.folder / "artifacts").iterdir()
    listed = killed_suite.command("merge", str(folder))

    assert (listed.code, listed.last_line) == (1, killed.last_line)
    assert_that(listed.out, contains_string("the run was killed, because f.feature:10 endless"))
    history = json.loads((killed_suite.folder / "history.json").read_text())
    assert history["failed"] == ["f.feature: broken", "f.feature: endless"]


def test_a_hook_that_hangs_breaks_no_step(suite: Suite) -> None:
    suite.hooks(
        """
        import collections, itertools

        def before_scenario(context, scenario):
            if scenario.name == "hooked":
                collections.deque(itertools.repeat(None), maxlen=0)
        """
    )
    suite.feature("@timeout.1s\nScenario: hooked\n  Given it passes")
    ended = suite.run("-f", "json", "-o", "out.json", "-D", "maidenhair.grace-period=1s")

    assert ended.last_line == "0 passed, 1 failed, 0 skipped"
    (feature,) = json.loads((suite.folder / "out.json").read_text())
    (spec,) = feature["elements"]
    assert spec["status"] == "error"
    assert [_status(step) for step in spec["steps"]] == [None]


def _status(step: dict[str, Any]) -> str | None:
    status: str | None = step.get("result", {}).get("status")
    return status
