"""The page of results of `make e2e-matrix`: what a run said stands in it, and a new result replaces an old one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hamcrest import assert_that, contains_exactly, contains_string, equal_to

from tests.matrix.cell import Result, outcome
from tests.matrix.checkout import copy_checkout
from tests.matrix.page import page, rows
from tests.project import ROOT

PASSED = Result("3.12.1", "0.2.0", "1.34.4", "9 passed, 0 failed, 1 skipped", True, 8, "2026-11-30")
FAILED = replace(PASSED, python="3.11.7", skytorch="0.1.0", result="8 passed, 1 failed, 1 skipped")
FAILED = replace(FAILED, passed=False)


def test_the_last_line_with_counts_is_the_result() -> None:
    lines = [
        "1 passed, 0 failed, 0 skipped",
        "Took 3 min",
        "9 passed, 1 failed, 0 skipped (2 failed as expected)",
        "make: ***",
    ]
    assert_that(outcome(lines, 2), equal_to("9 passed, 1 failed, 0 skipped (2 failed as expected)"))


def test_a_run_without_counts_gives_its_first_error() -> None:
    lines = ["Installing", "error: no Python from 3.11 to 3.14", "make: *** Error 1"]
    assert_that(outcome(lines, 2), equal_to("error: no Python from 3.11 to 3.14"))
    assert_that(outcome([], 2), contains_string("exit status 2"))


def test_what_is_written_is_read_again() -> None:
    assert_that(list(rows(page("", [PASSED, FAILED]))), contains_exactly(FAILED, PASSED))


def test_a_new_result_replaces_that_of_the_same_versions() -> None:
    again = replace(FAILED, result="9 passed, 0 failed, 1 skipped", passed=True, date="2026-12-01")
    made = page(page("", [PASSED, FAILED]), [again])
    assert_that(list(rows(made)), contains_exactly(again, PASSED))


def test_a_failed_run_stands_out() -> None:
    assert_that(page("", [FAILED]), contains_string("| **8 passed, 1 failed, 1 skipped** |"))


def test_a_bar_in_an_error_does_not_break_the_table() -> None:
    broken = replace(FAILED, result="error: a|b")
    assert_that(
        list(rows(page("", [broken]))), contains_exactly(replace(broken, result="error: a/b"))
    )


def test_a_copy_of_the_checkout_has_all_files_but_those_that_git_ignores(tmp_path: Path) -> None:
    copy_checkout(tmp_path)
    for name in ("pyproject.toml", "standins/hami_scheduler/vendors/nvidia.toml"):
        assert_that((tmp_path / name).read_text(), equal_to((ROOT / name).read_text()))
    assert not (tmp_path / ".venv").exists()
