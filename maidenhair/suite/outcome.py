"""The outcome of a When step, for the Then steps that follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """The return value of an action, or its error. A When step saves it as `context.outcome`.

    Attributes:
        value: the return value; None if the action failed.
        error: the error; None if the action succeeded.
    """

    value: T | None = None
    error: BaseException | None = None


def attempt(action: Callable[[], T], *expected: type[Exception]) -> Outcome[T]:
    """Call an action that may fail, and return its outcome.

    Args:
        action: the action.
        expected: the types of errors that are saved in the outcome. Default: all. Other errors are raised.

    Example:
        >>> attempt(lambda: int("one"), ValueError).error
        ValueError("invalid literal for int() with base 10: 'one'")
    """
    try:
        return Outcome(value=action())
    except Exception as error:
        if expected and not isinstance(error, expected):
            raise
        return Outcome(error=error)


def outcome_of(context: Any) -> Outcome[Any]:
    """Return the outcome of the scenario's last When step.

    Raises:
        AssertionError: no step of the scenario has set an outcome.
    """
    if "outcome" not in context:
        raise AssertionError("no earlier step has an outcome: a When step must set context.outcome")
    found: Outcome[Any] = context.outcome
    return found
