"""How the act of a When step ended, for the Then steps after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """What an act gave, or the error that it ended with.

    A When step keeps it as `context.outcome`, which ends with the scenario.

    Attributes:
        value: what it returned; None if it failed.
        error: the error; None if it went well.
    """

    value: T | None = None
    error: BaseException | None = None


def attempt(act: Callable[[], T], *expected: type[Exception]) -> Outcome[T]:
    """Do something that a scenario may expect to fail, and return how it ended.

    Args:
        act: what is done.
        expected: the errors that become the outcome; all by default. Others are raised, and fail the step.

    Example:
        >>> attempt(lambda: int("one"), ValueError).error
        ValueError("invalid literal for int() with base 10: 'one'")
    """
    try:
        return Outcome(value=act())
    except Exception as error:
        if expected and not isinstance(error, expected):
            raise
        return Outcome(error=error)


def outcome_of(context: Any) -> Outcome[Any]:
    """Return how the last act of the scenario ended.

    Raises:
        AssertionError: no step of the scenario kept an outcome.
    """
    if "outcome" not in context:
        raise AssertionError(
            "no step before this one has an outcome: a When step must set context.outcome"
        )
    found: Outcome[Any] = context.outcome
    return found
