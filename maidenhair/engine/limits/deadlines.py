"""Deadlines, and the thread that watches them."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import NamedTuple


class Deadline(NamedTuple):
    """A deadline on the clock `time.monotonic`, and the text for the error of code that reaches it."""

    at: float
    reason: str


NEVER = Deadline(math.inf, "")


class DeadlineWatch:
    """A thread that acts when a deadline has passed.

    Args:
        first: returns the deadline to watch now, `NEVER` if there is none; the thread calls it.
        passed: called in the thread with a deadline that has passed. Returns the seconds until it is called again if
            the deadline is still there, infinity for never.
    """

    def __init__(self, first: Callable[[], Deadline], passed: Callable[[Deadline], float]) -> None:
        self._first = first
        self._passed = passed
        # A signal handler may take it in the middle of the main thread's holding it.
        self._changed = threading.Condition(threading.RLock())
        self._thread: threading.Thread | None = None
        self._watching_until = math.inf

    def notice(self, deadline: Deadline) -> None:
        """Have the thread look at the deadlines when this one has passed, at the latest."""
        # To wake the thread for every spec would cost more than most hooks.
        if deadline.at >= self._watching_until:
            return
        with self._changed:
            self._watching_until = min(self._watching_until, deadline.at)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="limits", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _watch(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                if now < self._watching_until:
                    left = min(self._watching_until - now, threading.TIMEOUT_MAX)
                    self._changed.wait(left)
                    continue
                # Reset before the deadlines are read, because `notice` reads it after a deadline is set.
                self._watching_until = math.inf
                deadline = self._first()
                waits = now < deadline.at
                self._watching_until = deadline.at if waits else now + self._passed(deadline)
