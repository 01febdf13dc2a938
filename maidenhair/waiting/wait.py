"""`eventually` and `consistently`."""

from __future__ import annotations

import operator
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from types import FrameType
from typing import Any, Generic, TypeVar

import tenacity
from hamcrest.core.helpers.wrap_matcher import wrap_matcher
from hamcrest.core.matcher import Matcher
from hamcrest.core.string_description import StringDescription

from maidenhair.errors import MaidenhairError, WaitBroken, WaitStopped, WaitTimedOut
from maidenhair.waiting.history import History
from maidenhair.waiting.journal import write_down
from maidenhair.waiting.sources import Changing, Source, StopCondition

T = TypeVar("T")

Decide = Callable[[bool, float], float | None]
"""Takes whether the expectation held and the seconds since the start; returns when the next look is
due without a change, or None to end."""

POLL_SECONDS = 0.2
TOLERATED: tuple[type[Exception], ...] = (MaidenhairError, AssertionError)


def eventually(
    source: Source[T] | Callable[[], T],
    matcher: Matcher[Any] | Any,
    *,
    within: float,
    stop_when: Iterable[StopCondition] = (),
    described_as: str = "",
    lasting: float = 0.0,
    explain: Callable[[], str] | None = None,
    poll_every: float = POLL_SECONDS,
    tolerate: tuple[type[Exception], ...] = TOLERATED,
) -> T:
    """Wait until what `source` gives matches, and return it.

    A `Source` is looked at again as soon as it changes; a plain function is polled. A look that
    raises one of `tolerate` counts as not matching; another exception ends the wait as it is.

    Args:
        source: what to look at.
        matcher: a PyHamcrest matcher, or a value to be equal to.
        within: seconds until giving up.
        stop_when: conditions that end the wait at once; those that are `Changing` wake it too.
        described_as: what is waited for, such as "Compute demo to be Ready".
        lasting: seconds for which the expectation must hold without a break.
        explain: gives the likely cause when the time is up.
        poll_every: seconds between two looks at a function.
        tolerate: exceptions of a look that mean "not yet".

    Raises:
        WaitTimedOut: it did not match in time.
        WaitStopped: a stop condition gave a reason.
    """
    wait = _Wait(source, matcher, described_as, explain, tolerate)
    conditions = tuple(stop_when)
    return wait.run(_until_it_held(wait, within, lasting, conditions), poll_every, conditions)


def consistently(
    source: Source[T] | Callable[[], T],
    matcher: Matcher[Any] | Any,
    *,
    during: float,
    described_as: str = "",
    explain: Callable[[], str] | None = None,
    poll_every: float = POLL_SECONDS,
) -> T:
    """Check that what `source` gives matches at every look for some time; return the last value.

    Args:
        source: what to look at: now, whenever it changes, and at the end.
        matcher: a PyHamcrest matcher, or a value to be equal to.
        during: seconds for which it must match.
        described_as: what must hold, such as "Compute demo to stay suspended".
        explain: gives the likely cause on failure.
        poll_every: seconds between two looks at a function.

    Raises:
        WaitBroken: it did not match; the text says for how long it had held.
    """
    wait = _Wait(source, matcher, described_as, explain, TOLERATED)

    def decide(held: bool, at: float) -> float | None:
        if not held:
            headline = f"Did not hold for {during:.1f} s, failed after {at:.1f} s:"
            raise WaitBroken(wait.told(headline, wait.cause()))
        return None if at >= during else during

    return wait.run(decide, poll_every)


def message_of_wait(frame: FrameType | None) -> str | None:
    """Return what the innermost wait on a stack waits for and saw last, or None where there is no wait."""
    while frame is not None:
        if frame.f_code is _Wait.run.__code__:
            wait: _Wait[Any] = frame.f_locals["self"]
            return wait.message()
        frame = frame.f_back
    return None


class _Wait(Generic[T]):
    """One wait: its looks at the source, its history, and the text of its failure."""

    def __init__(
        self,
        source: Source[T] | Callable[[], T],
        matcher: Matcher[Any] | Any,
        described_as: str,
        explain: Callable[[], str] | None,
        tolerate: tuple[type[Exception], ...],
    ) -> None:
        self._source = source
        self._read: Callable[[], T] = source.read if isinstance(source, Changing) else source
        self._matcher: Matcher[Any] = wrap_matcher(matcher)
        self._described_as = described_as
        self._explain = explain
        self._tolerate = tolerate
        self._history = History()
        self._changed = threading.Event()
        self._values: list[T] = []
        self._start = time.monotonic()

    def run(
        self,
        decide: Decide,
        poll_every: float,
        also_changing: Iterable[object] = (),
    ) -> T:
        """Look until `decide` ends the wait, and return the value seen last.

        Args:
            decide: says whether to go on after a look, or raises.
            poll_every: seconds between two looks at a source that does not say when it changes.
            also_changing: what else may wake the wait.
        """
        due: float | None = 0.0

        def attempt() -> bool:
            nonlocal due
            # Cleared before the look, so that a change during the look is not lost.
            self._changed.clear()
            due = decide(self._look(), self._elapsed())
            return due is None

        def pause(_: tenacity.RetryCallState) -> float:
            left = max(0.0, (due or 0.0) - self._elapsed())
            return left if isinstance(self._source, Changing) else min(left, poll_every)

        with ExitStack() as listening:
            for each in (self._source, *also_changing):
                if isinstance(each, Changing):
                    listening.enter_context(each.on_change(self._changed.set))
            looking = tenacity.Retrying(
                retry=tenacity.retry_if_result(operator.not_),
                wait=pause,
                sleep=tenacity.sleep_using_event(self._changed),
            )
            try:
                looking(attempt)
            finally:
                self._write_down(held=due is None)
        return self._values[-1]

    def message(self) -> str:
        """Return what is waited for, for how long, and what was seen last."""
        expected = self._described_as or str(
            StringDescription().append_description_of(self._matcher)
        )
        return f"{expected}, for {self._elapsed():.1f} s; last seen: {self._history.last_seen()}"

    def held_since(self) -> float:
        """Return the seconds from the start at which the expectation last began to hold."""
        return self._history.held_since()

    def cause(self) -> list[str]:
        """Return the line with the likely cause, if it can be had."""
        if self._explain is None:
            return []
        try:
            return [f"Likely cause: {self._explain()}"]
        except MaidenhairError as error:
            return [f"The cause could not be found out: {error}"]

    def told(self, headline: str, ending: Iterable[str]) -> str:
        """Return the text of a failure."""
        expected = str(StringDescription().append_description_of(self._matcher))
        holds = self._history.holds()
        lines = [
            f"{headline} {self._described_as or expected}",
            f"Expected: {expected}",
            f"     but: {self._history.last_seen()}",
            *(f"It did hold at {begin:.2f} s for {length:.2f} s" for begin, length in holds),
            "How it got there:",
            self._history.told(),
            *ending,
        ]
        return "\n".join(lines)

    def _write_down(self, held: bool) -> None:
        outcome = "came true" if held else "did not come true"
        headline = f"{outcome} after {self._elapsed():.1f} s:"
        write_down("waits", lambda: self.told(headline, ()))

    def _look(self) -> bool:
        try:
            value = self._read()
        except WaitStopped:
            raise
        except self._tolerate as error:
            self._history.add(self._elapsed(), f"{type(error).__name__}: {error}", held=False)
            return False
        held = bool(self._matcher.matches(value))
        seen = StringDescription()
        if held:
            self._matcher.describe_match(value, seen)
        else:
            self._matcher.describe_mismatch(value, seen)
        self._values = [value]
        # Hamcrest's `not_` begins its mismatch with the "but" that `told` writes too.
        self._history.add(self._elapsed(), str(seen).removeprefix("but "), held)
        return held

    def _elapsed(self) -> float:
        return time.monotonic() - self._start


def _until_it_held(
    wait: _Wait[Any], within: float, lasting: float, conditions: tuple[StopCondition, ...]
) -> Decide:
    def decide(held: bool, at: float) -> float | None:
        if held and at - wait.held_since() >= lasting:
            return None
        reason = None if held else _first_reason(conditions)
        if reason is not None:
            headline = f"Stopped after {at:.1f} s waiting for"
            raise WaitStopped(wait.told(headline, [f"Reason: {reason}"]))
        if at >= within:
            raise WaitTimedOut(wait.told(f"Timed out after {at:.1f} s waiting for", wait.cause()))
        return min(within, wait.held_since() + lasting) if held else within

    return decide


def _first_reason(conditions: Iterable[StopCondition]) -> str | None:
    return next((reason for each in conditions if (reason := each()) is not None), None)
