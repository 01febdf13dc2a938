"""The results of specs, and the lines of the summary."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import pytest
from behave.model_type import Status

from maidenhair.engine.output.summary_reporter import ClosingLine, outcome_of


def scenario(status: Status, *, selected: bool = True, reason: str = "", name: str = "s") -> Any:
    return SimpleNamespace(
        name=name, status=status, skip_reason=reason, should_run=lambda config: selected
    )


def feature(*scenarios: Any) -> Any:
    return SimpleNamespace(walk_scenarios=lambda: scenarios)


@pytest.mark.parametrize("status", list(Status))
def test_every_status_counts_and_only_passed_ones_as_passed(status: Status) -> None:
    outcome = outcome_of(scenario(status), config=None)

    is_skipped = status in (Status.skipped, Status.xfailed)
    assert (outcome == "passed") == (status.is_passed() and not is_skipped)
    assert (outcome == "skipped") == is_skipped


def test_what_never_ran_though_selected_failed() -> None:
    assert outcome_of(scenario(Status.untested), config=None) == "failed"


def test_what_never_ran_and_was_not_selected_is_skipped() -> None:
    assert outcome_of(scenario(Status.untested, selected=False), config=None) == "skipped"


def test_the_closing_line_is_last() -> None:
    output = io.StringIO()
    closing = ClosingLine(config=None, stream=output)
    closing.feature(feature(scenario(Status.passed), scenario(Status.hook_error)))
    closing.feature(feature(scenario(Status.skipped, reason="no wings", name="fly")))
    closing.trouble("the cluster stays")

    closing.end()

    assert output.getvalue().splitlines() == [
        "skipped: fly: no wings",
        "error outside the specs: the cluster stays",
        "1 passed, 1 failed, 1 skipped",
    ]
