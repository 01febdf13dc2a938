"""The watch of deadlines: when it acts, and how often."""

from __future__ import annotations

import threading
import time

from maidenhair.engine.limits.deadlines import NEVER, Deadline, DeadlineWatch
from maidenhair.waiting import consistently, eventually


class Limits:
    """Deadlines that a test sets, and the reasons of those that passed.

    Args:
        again: the seconds after which a deadline that is still there counts once more.
    """

    def __init__(self, again: float) -> None:
        self.deadline = NEVER
        self.passed: list[str] = []
        self._again = again
        self._watch = DeadlineWatch(lambda: self.deadline, self._pass)

    def set(self, seconds: float, reason: str) -> None:
        self.deadline = Deadline(time.monotonic() + seconds, reason)
        self._watch.notice(self.deadline)

    def _pass(self, deadline: Deadline) -> float:
        assert threading.current_thread() is not threading.main_thread()
        assert time.monotonic() >= deadline.at
        self.passed.append(deadline.reason)
        return self._again


def test_a_deadline_counts_once_when_nothing_is_to_follow() -> None:
    limits = Limits(again=float("inf"))
    limits.set(0.05, "first")

    eventually(lambda: limits.passed, ["first"], within=60)
    consistently(lambda: limits.passed, ["first"], during=0.2, poll_every=0.02)
    limits.set(0.0, "second")
    eventually(lambda: limits.passed, ["first", "second"], within=60)


def test_a_deadline_counts_again_until_it_is_gone() -> None:
    limits = Limits(again=0.01)
    limits.set(0.0, "first")

    eventually(lambda: len(limits.passed) > 3, True, within=60, poll_every=0.01)
    limits.deadline = NEVER
    count = len(limits.passed)
    consistently(lambda: len(limits.passed) <= count + 1, True, during=0.2, poll_every=0.02)


def test_an_earlier_deadline_counts_in_time_and_a_moved_one_does_not() -> None:
    limits = Limits(again=float("inf"))
    limits.set(3600, "late")
    limits.set(0.01, "early")
    eventually(lambda: limits.passed, ["early"], within=60)

    limits.set(0.2, "moved")
    limits.set(3600, "late")
    consistently(lambda: limits.passed, ["early"], during=0.5, poll_every=0.02)
