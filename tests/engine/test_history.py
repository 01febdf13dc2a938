"""The history that a run leaves for the next."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from maidenhair.engine.planning.history import History, load_history

from .conftest import Suite


def test_durations_add_up_and_failures_stay_until_they_pass_or_are_gone(tmp_path: Path) -> None:
    path, feature = tmp_path / "deep" / "history.json", tmp_path / "a.feature"
    feature.touch()
    here, there = str(feature), str(tmp_path / "b.feature")
    keys = {name: f"{here}: {name}" for name in ("passes", "fails", "rests", "removed")}
    load_history(path).save({"a": 1.0, "b": 2.0}, [*keys.values(), f"{there}: lost"])
    load_history(path).save(
        {"b": 3.0},
        [keys["fails"], keys["fails"]],
        passed={keys["passes"]},
        present={here: {keys["passes"], keys["fails"], keys["rests"]}},
    )
    history = load_history(path)

    assert history.durations == {"a": 1.0, "b": 3.0}
    assert history.failed == (keys["fails"], keys["rests"])


FAILS_ONCE = "Scenario: {name}\n  Given it fails 1 times, then passes"


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_failure_is_remembered_while_other_features_run(suite: Suite, jobs: str) -> None:
    suite.feature(FAILS_ONCE.format(name="a"), "f")
    suite.feature(FAILS_ONCE.format(name="b") + "\nScenario: c\n  Given it passes", "g")
    rerun = ("-D", "maidenhair.rerun-failed=yes", "-j", jobs)
    both = suite.run("-j", jobs)
    only_f = suite.run("-j", jobs, "f.feature")
    elsewhere = suite.run(*rerun, "f.feature")
    again = suite.run(*rerun)
    nothing = suite.run(*rerun)

    assert both.last_line == "1 passed, 2 failed, 0 skipped"
    assert only_f.last_line == "1 passed, 0 failed, 0 skipped"
    assert elsewhere.code == 2
    assert "none of the 1 specs that failed is selected" in elsewhere.err
    assert "g.feature: b" in elsewhere.err
    assert (again.code, again.last_line) == (0, "1 passed, 0 failed, 2 skipped")
    assert (nothing.code, nothing.last_line) == (0, "0 passed, 0 failed, 3 skipped")


def test_a_failure_that_is_gone_from_its_feature_is_forgotten(suite: Suite) -> None:
    suite.feature("Scenario: a\n  Given it fails")
    suite.run()
    suite.feature("Scenario: other\n  Given it passes")
    ended = suite.run("-D", "maidenhair.rerun-failed=yes")

    assert (ended.code, ended.last_line) == (0, "0 passed, 0 failed, 1 skipped")


def test_nothing_is_rerun_where_no_run_is_known(suite: Suite) -> None:
    suite.feature("Scenario: a\n  Given it passes")
    ended = suite.run("-D", "maidenhair.rerun-failed=yes")

    assert ended.code == 2
    assert "rerun_failed: no earlier run is known" in ended.err
    assert ended.log == []


@pytest.mark.parametrize("text", ["", "[]", '{"durations": 3}', "\x00"])
def test_a_file_that_is_none_is_no_failure(tmp_path: Path, text: str) -> None:
    path = tmp_path / "history.json"
    path.write_text(text)

    assert load_history(path).failed is None


def test_what_is_no_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    (tmp_path / "folder").mkdir()
    for each in (path, tmp_path / "folder"):
        History(each).save({"a": 1.0}, [])
        assert not each.is_file()
