"""A wait: its looks at the source, their history, and its end."""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Generic, TypeVar

from hamcrest.core.helpers.wrap_matcher import wrap_matcher
from hamcrest.core.matcher import Matcher
from hamcrest.core.string_description import StringDescription

from maidenhair.errors import MaidenhairError, WaitBroken, WaitStopped, WaitTimedOut
from maidenhair.waiting.history import History
from maidenhair.waiting.journal import record
from maidenhair.waiting.looks import Subjects, describe_looks, noted_in
from maidenhair.waiting.running import registered
from maidenhair.waiting.sources import Changing, Described, Source, StopCondition

T = TypeVar("T")

Decide = Callable[[bool, float], float | None]
"""Takes whether the expectation held and the seconds since the start; returns when the next look is
due without a change, or None to end."""

POLL_SECONDS = 0.2
TOLERATED: tuple[type[Exception], ...] = (MaidenhairError, AssertionError)


class Wait(Generic[T]):
    """One wait: its looks at the source, its history, and the text of its failure.

    Args: those of `eventually` of these names.
    """

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
        self._expected = str(StringDescription().append_description_of(self._matcher))
        self._described_as = described_as
        self._subject = source.describe() if isinstance(source, Described) else ""
        self._looks: Subjects = {}
        self._explain = explain
        self._tolerate = tolerate
        self._history = History()
        self._due: float | None = 0.0
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
        changed = threading.Event()
        with self._listening(also_changing, changed.set):
            while True:
                # Cleared before the look, so that a change during the look is not lost.
                changed.clear()
                self._due = decide(self._look(), self._elapsed())
                if self._due is None:
                    return self._values[-1]
                changed.wait(self._pause(self._due, poll_every))

    async def run_async(
        self,
        decide: Decide,
        poll_every: float,
        also_changing: Iterable[object] = (),
    ) -> T:
        """Do what `run` does without keeping the event loop from other work; the source may be asynchronous."""
        loop, changed = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            loop.call_soon_threadsafe(changed.set)

        with self._listening(also_changing, wake):
            while True:
                changed.clear()
                self._due = decide(await self._look_async(), self._elapsed())
                if self._due is None:
                    return self._values[-1]
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._pause(self._due, poll_every)):
                        await changed.wait()

    def message(self) -> str:
        """Describe the wait: the expectation, the seconds so far, and the value seen last."""
        return f"{self._headline()}, for {self._elapsed():.1f} s; last seen: {self._history.last_seen()}"

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

    def report(self, outcome: str, ending: Iterable[str]) -> str:
        """Return the text of a failure: the outcome and what it is about, then how it came about."""
        headline = self._headline()
        holds = self._history.holds()
        lines = [
            f"{outcome} {headline}",
            *([] if self._expected in headline else [f"Expected: {self._expected}"]),
            f"     but: {self._history.last_seen()}",
            *(f"It did hold at {begin:.2f} s for {length:.2f} s" for begin, length in holds),
            "How it got there:",
            self._history.changes(),
            *ending,
        ]
        return "\n".join(lines)

    def _headline(self) -> str:
        """Return what is waited for, with the name of what is looked at."""
        if not self._described_as and self._subject:
            return self._subject
        described = self._described_as or self._expected
        # A copy, because another thread may ask while the wait looks.
        subject = self._subject or describe_looks(self._looks.copy(), described)
        return f"{described} ({subject})" if subject and subject not in described else described

    @contextmanager
    def _listening(
        self, also_changing: Iterable[object], wake: Callable[[], None]
    ) -> Iterator[None]:
        """Call `wake` after every change; in the end, record the wait in the journal."""
        with registered(self), ExitStack() as listening:
            listening.callback(self._record)
            for each in (self._source, *also_changing):
                if isinstance(each, Changing):
                    listening.enter_context(each.on_change(wake))
            yield

    def _record(self) -> None:
        outcome = "came true" if self._due is None else "did not come true"
        headline = f"{outcome} after {self._elapsed():.1f} s:"
        record("waits", lambda: self.report(headline, ()))

    def _pause(self, due: float, poll_every: float) -> float:
        left = max(0.0, due - self._elapsed())
        return left if isinstance(self._source, Changing) else min(left, poll_every)

    def _look(self) -> bool:
        try:
            with noted_in(self._looks):
                value = self._read()
        except WaitStopped:
            raise
        except self._tolerate as error:
            return self._miss(error)
        return self._judge(value)

    async def _look_async(self) -> bool:
        try:
            with noted_in(self._looks):
                value: Any = self._read()
                if inspect.isawaitable(value):
                    value = await value
        except WaitStopped:
            raise
        except self._tolerate as error:
            return self._miss(error)
        return self._judge(value)

    def _miss(self, error: Exception) -> bool:
        self._history.add(self._elapsed(), f"{type(error).__name__}: {error}", held=False)
        return False

    def _judge(self, value: T) -> bool:
        held = bool(self._matcher.matches(value))
        seen = StringDescription()
        if held:
            self._matcher.describe_match(value, seen)
        else:
            self._matcher.describe_mismatch(value, seen)
        self._values = [value]
        # Hamcrest's `not_` begins its mismatch with the "but" that `report` writes too.
        self._history.add(self._elapsed(), str(seen).removeprefix("but "), held)
        return held

    def _elapsed(self) -> float:
        return time.monotonic() - self._start


def until_it_held(
    wait: Wait[Any], within: float, lasting: float, conditions: tuple[StopCondition, ...]
) -> Decide:
    """Return when a wait ends whose expectation has to hold once, or for some time."""

    def decide(held: bool, at: float) -> float | None:
        if held and at - wait.held_since() >= lasting:
            return None
        reason = None if held else _first_reason(conditions)
        if reason is not None:
            headline = f"Stopped after {at:.1f} s waiting for"
            raise WaitStopped(wait.report(headline, [f"Reason: {reason}"]))
        if at >= within:
            raise WaitTimedOut(wait.report(f"Timed out after {at:.1f} s waiting for", wait.cause()))
        return min(within, wait.held_since() + lasting) if held else within

    return decide


def while_it_holds(wait: Wait[Any], during: float) -> Decide:
    """Return when a wait ends whose expectation has to go on holding."""

    def decide(held: bool, at: float) -> float | None:
        if not held:
            headline = f"Did not hold for {during:.1f} s, failed after {at:.1f} s:"
            raise WaitBroken(wait.report(headline, wait.cause()))
        return None if at >= during else during

    return decide


def _first_reason(conditions: Iterable[StopCondition]) -> str | None:
    return next((reason for each in conditions if (reason := each()) is not None), None)
