"""The outcome of an action, which later steps read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from behave.configuration import Configuration
from behave.runner import Context, Runner

from maidenhair.suite.outcome import Outcome, attempt, outcome_of


@pytest.fixture
def context() -> Iterator[Context]:
    # A context does not keep its runner.
    runner = Runner(Configuration([], load_config=False))
    yield Context(runner)


def test_a_successful_action_has_a_value_and_no_error() -> None:
    assert attempt(lambda: 1) == Outcome(1, None)


@pytest.mark.parametrize("expected", [(), (ValueError,), (KeyError, ValueError)])
def test_a_failed_action_has_its_error_and_no_value(expected: tuple[type[Exception], ...]) -> None:
    outcome = attempt(lambda: int("one"), *expected)
    assert isinstance(outcome.error, ValueError)
    assert outcome.value is None


def test_an_error_that_nobody_expects_fails_the_step() -> None:
    with pytest.raises(ValueError, match="one"):
        attempt(lambda: int("one"), KeyError)


def test_the_last_outcome_of_a_scenario_counts(context: Any) -> None:
    context.outcome = attempt(lambda: int("one"))
    context.outcome = attempt(lambda: 2)
    assert outcome_of(context) == Outcome(2)


def test_an_outcome_ends_with_its_scenario(context: Any) -> None:
    context._push("scenario")
    context.outcome = attempt(lambda: 1)
    context._pop()
    with pytest.raises(
        AssertionError, match=r"no earlier step has an outcome.* set context\.outcome"
    ):
        outcome_of(context)
