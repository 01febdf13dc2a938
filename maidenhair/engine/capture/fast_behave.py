"""Makes what behave does for every step and scenario faster, with the same results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from logging import Formatter
from typing import Any

from behave.log_config import LoggingConfigurator
from behave.matchers import Match
from behave.model_type import Status

STATUS_QUESTIONS = ("has_failed", "is_error", "is_final", "is_hook_error", "is_passed")
"""The methods of behave's Status that compare it with several others, one after another."""


@contextmanager
def fast_behave() -> Iterator[None]:
    """Answer questions about statuses from tables, and find each step's function and each format of logs once.

    behave makes a location relative to the current folder, which steps may change; this one stays the same.
    """
    # behave offers no seam here.
    plain: list[tuple[type, str, Any]] = [(Match, "make_location", vars(Match)["make_location"])]
    plain += [(Status, name, vars(Status)[name]) for name in STATUS_QUESTIONS]
    plain.append((Status, "__eq__", Status.__eq__))
    plain.append((LoggingConfigurator, "make_formatter", LoggingConfigurator.make_formatter))
    LoggingConfigurator.make_formatter = _made_once(LoggingConfigurator.make_formatter)
    Match.make_location = staticmethod(_remembered(Match.make_location))
    # The type checker sees a method of `object` that this one would not fit.
    setattr(Status, "__eq__", _is_status)  # noqa: B010
    for name in STATUS_QUESTIONS:
        setattr(Status, name, _tabulated(getattr(Status, name)))
    try:
        yield
    finally:
        for owner, name, value in plain:
            setattr(owner, name, value)


def _remembered(locate: Callable[[Any], Any]) -> Callable[[Any], Any]:
    found: dict[int, tuple[Any, Any]] = {}

    def location(function: Any) -> Any:
        # The function is stored too, so that its number is not used again.
        known = found.get(id(function))
        if known is None:
            known = found[id(function)] = (function, locate(function))
        return known[1]

    return location


def _made_once(make: Callable[..., Formatter]) -> Callable[..., Formatter]:
    made: dict[tuple[str | None, str | None], Formatter] = {}

    def make_formatter(
        self: LoggingConfigurator, format: str | None = None, datefmt: str | None = None
    ) -> Formatter:
        key = (format or self.config.logging_format, datefmt or self.config.logging_datefmt)
        if key not in made:
            made[key] = make(self, format, datefmt)
        return made[key]

    return make_formatter


def _is_status(status: Any, other: object) -> bool:
    """Compare a status with another one or with a name, as behave does."""
    if status is other:
        return True
    return status._name_ == other if isinstance(other, str) else NotImplemented


def _tabulated(question: Callable[[Status], bool]) -> Callable[[Status], bool]:
    answers = {status.value: bool(question(status)) for status in Status}

    def answer(status: Any) -> bool:
        return answers[status._value_]

    return answer
