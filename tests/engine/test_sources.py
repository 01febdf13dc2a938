"""Workers run the text that was planned. A file that cannot be parsed fails alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Suite

BROKEN = "Feature: broken\n  Scenario: one\n    Given it passes\n  Examples: none\n    | a |\n"

REWRITING = """
from pathlib import Path

def before_all(context):
    path = Path("later.feature")
    if "inserted" not in path.read_text():
        lines = path.read_text().splitlines()
        path.write_text("\\n".join([lines[0], "  Scenario: inserted", "    Given it passes", *lines[1:]]))
"""


def names_and_statuses(path: Path) -> dict[str, str]:
    features = json.loads(path.read_text())
    return {each["name"]: each["status"] for feature in features for each in feature["elements"]}


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_file_that_changes_during_a_run_changes_no_result(suite: Suite, jobs: str) -> None:
    suite.feature("Scenario: bad\n  Given it fails\nScenario: good\n  Given it passes", "later")
    suite.hooks(REWRITING)
    ended = suite.run("-j", jobs, "-f", "json", "-o", "r.json")

    assert "inserted" in (suite.folder / "later.feature").read_text()
    assert names_and_statuses(suite.folder / "r.json") == {"bad": "failed", "good": "passed"}
    assert ended.last_line == "1 passed, 1 failed, 0 skipped"


def test_a_file_that_is_removed_during_a_run_runs(suite: Suite) -> None:
    suite.feature("Scenario: good\n  Given it passes")
    suite.hooks("import os\ndef before_all(context):\n    os.unlink('f.feature')")
    ended = suite.run("-j", "1", "-D", "maidenhair.order=random")

    assert (ended.code, ended.last_line) == (0, "1 passed, 0 failed, 0 skipped")


def test_a_worker_that_parses_another_scenario_refuses_it(suite: Suite) -> None:
    suite.feature(
        "Scenario Outline: row <a>\n  Given it passes\n\n  Examples:\n    | a |\n    | 1 |"
    )
    environment = suite.folder / "environment.py"
    environment.write_text(
        environment.read_text()
        + "\nimport os\nfrom behave.model import ScenarioOutline\n"
        + "ScenarioOutline.annotation_schema = f'{{name}} -- {os.getpid()}'\n"
    )
    ended = suite.run("-j", "2", "-f", "plain")

    assert (ended.code, ended.last_line) == (1, "0 passed, 1 failed, 0 skipped")
    assert "the worker has another spec in the place of the planned one" in ended.out


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_file_that_cannot_be_parsed_fails_and_the_others_run(suite: Suite, jobs: str) -> None:
    suite.feature(BROKEN, "bad")
    suite.feature("Scenario: good\n  Given it passes", "good")
    ended = suite.run("-j", jobs, "-f", "json", "-o", "r.json", "-f", "plain", "--junit")

    assert (ended.code, ended.last_line) == (1, "1 passed, 1 failed, 0 skipped")
    assert names_and_statuses(suite.folder / "r.json") == {
        "good": "passed",
        "the file can be parsed": "error",
    }
    assert "bad.feature:4: Examples must only appear" in ended.out
    assert 'errors="1"' in (suite.folder / "reports" / "TESTS-bad.xml").read_text()


def test_fail_fast_parse_ends_the_run_as_behave_does(suite: Suite) -> None:
    suite.feature(BROKEN, "bad")
    suite.feature("Scenario: good\n  Given it passes", "good")
    ended = suite.run("-D", "maidenhair.fail-fast-parse=true")

    assert ended.code == 1
    assert "ParserError: Failed to parse" in ended.out
    assert "after good" not in ended.log


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_byte_order_mark_is_no_error_but_other_encodings_are(suite: Suite, jobs: str) -> None:
    text = "Feature: f\n  Scenario: é\n    Given it passes\n"
    (suite.folder / "f.feature").write_bytes(text.encode("utf-8-sig"))
    (suite.folder / "g.feature").write_bytes(text.encode("latin-1"))
    ended = suite.run("-j", jobs, "-f", "plain")

    assert ended.last_line == "1 passed, 1 failed, 0 skipped"
    assert "g.feature:2: the file is not UTF-8" in ended.out


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("file", ["environment.py", "steps/all.py"])
def test_a_suite_that_exits_while_it_is_loaded_is_not_green(
    suite: Suite, jobs: str, file: str
) -> None:
    suite.feature("Scenario: good\n  Given it passes")
    with (suite.folder / file).open("a") as opened:
        opened.write("\nraise SystemExit(0)\n")
    ended = suite.run("-j", jobs)

    assert ended.code == 1
    assert "the suite ended the process while it was loaded: SystemExit(0)" in ended.out
    assert file in ended.out
