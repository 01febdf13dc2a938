"""The history that a run leaves for the next."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from maidenhair.engine.planning.history import History, load_history


def test_durations_add_up_and_failures_are_of_the_last_run(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "history.json"
    load_history(path).save({"a": 1.0, "b": 2.0}, ["a"])
    load_history(path).save({"b": 3.0}, ["b", "b"])
    history = load_history(path)

    assert history.durations == {"a": 1.0, "b": 3.0}
    assert history.failed == ("b",)


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
