"""Attempts, repetition, and what failed last."""

from __future__ import annotations

import base64
import json

import pytest

from .conftest import Suite

FLAKY = """
    @flaky.3
    Scenario: flaky
      Given it fails 2 times, then passes
    Scenario: solid
      Given it passes
    @flaky.2
    Scenario: hopeless
      Given it fails 9 times, then passes
"""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_pass_after_failures_is_flaky_and_is_one_scenario_with_its_attempts(
    suite: Suite, jobs: str
) -> None:
    suite.feature(FLAKY)
    ended = suite.run("-j", jobs, "-f", "json", "-o", "r.json", "-f", "plain", "--junit")

    assert ended.code == 1
    assert ended.last_line == "2 passed, 1 failed, 0 skipped"
    assert "flaky: flaky: passed at attempt 3" in ended.out
    (feature,) = json.loads((suite.folder / "r.json").read_text())
    assert [(each["name"], each["status"]) for each in feature["elements"]] == [
        ("flaky", "passed"),
        ("solid", "passed"),
        ("hopeless", "failed"),
    ]
    (embedding,) = feature["elements"][0]["steps"][-1]["embeddings"]
    attached = base64.b64decode(embedding["data"]).decode()
    assert "attempt 1: failed" in attached and "failure 2" in attached
    assert "attempt 3" not in attached
    assert ended.out.count("Scenario: flaky") == 1
    junit = (suite.folder / "reports" / "TESTS-f.xml").read_text()
    for number in (1, 2):
        assert f"attempt {number}: failed" in junit
        assert f"failure {number}" in junit
    assert 'tests="3" errors="0" failures="1"' in junit
    # Nothing of an attempt is left in the context of the next.
    assert not [line for line in ended.log if "left_behind" in line]


def test_flaky_runs_succeed(suite: Suite) -> None:
    suite.feature("Scenario: flaky\n  Given it fails 1 times, then passes")
    ended = suite.run("-D", "maidenhair.flake-attempts=2")

    assert (ended.code, ended.last_line) == (0, "1 passed, 0 failed, 0 skipped")


def test_a_worker_that_is_lost_is_an_attempt(suite: Suite) -> None:
    suite.feature("@flaky.2\nScenario: deadly\n  Given its process is killed by SIGKILL")
    ended = suite.run("-j", "2", "-D", "maidenhair.order=random", "-f", "plain")

    assert ended.last_line == "0 passed, 1 failed, 0 skipped"
    assert ended.log == ["before feature f"] * 2


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_what_must_pass_several_times_does_or_fails(suite: Suite, jobs: str) -> None:
    suite.feature(
        """
        @must_pass.3
        Scenario: thrice
          Given it passes
        Scenario: once
          Given it passes
        """
    )
    ended = suite.run("-j", jobs, "-D", "maidenhair.repeat=2", "-f", "plain")

    assert ended.last_line == "2 passed, 0 failed, 0 skipped"
    assert sum(line.startswith("thrice") for line in ended.log) == 6
    assert sum(line.startswith("once") for line in ended.log) == 2


def test_everything_runs_again_until_it_fails(suite: Suite) -> None:
    suite.feature(
        """
        Scenario: counts
          Given it passes
          Then it logs "round"
          And a third round fails
        """
    )
    (suite.folder / "steps" / "third.py").write_text(
        "from behave import then\nfrom notes import count\n\n"
        '@then("a third round fails")\ndef third(context):\n    assert count("round") < 3\n'
    )
    ended = suite.run("-D", "maidenhair.until-it-fails=yes")

    assert ended.code == 1
    assert ended.log.count("round") == 3
    assert ended.last_line == "2 passed, 1 failed, 0 skipped"
    assert "until it fails: 3 rounds" in ended.out


def test_only_what_failed_last_runs_again(suite: Suite) -> None:
    suite.feature(
        "Scenario: bad\n  Given it fails 1 times, then passes\n"
        + "Scenario: good\n  Given it passes"
    )
    first = suite.run()
    second = suite.run("-D", "maidenhair.rerun-failed=yes")
    third = suite.run("-D", "maidenhair.rerun-failed=yes")

    assert first.last_line == "1 passed, 1 failed, 0 skipped"
    assert (second.code, second.last_line) == (0, "1 passed, 0 failed, 1 skipped")
    assert "only what failed in the last run: 1 specs" in second.out
    assert (third.code, third.last_line) == (0, "0 passed, 0 failed, 2 skipped")
