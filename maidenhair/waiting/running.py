"""The waits that run at the moment, for a watcher outside of them to describe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class DescribedWait(Protocol):
    """A wait that can describe itself from any thread."""

    def message(self) -> str:
        """Return the expectation, the seconds so far, and the value seen last."""


class RunningWaits:
    """The waits of one thread and of its asynchronous tasks, while `watched` is entered.

    Any thread and any signal handler may read it.
    """

    def __init__(self) -> None:
        self._waits: list[DescribedWait] = []

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Register the waits that begin in this thread, or in tasks that it starts, while the context is entered."""
        token = _CURRENT.set(self)
        try:
            yield
        finally:
            _CURRENT.reset(token)

    def message(self) -> str | None:
        """Describe the wait that began last, the innermost one of nested waits. Return None if no wait runs."""
        # A slice, because the watched thread may end the wait meanwhile.
        innermost = self._waits[-1:]
        return innermost[0].message() if innermost else None

    @contextmanager
    def running(self, wait: DescribedWait) -> Iterator[None]:
        """Count a wait among those that run while the context is entered."""
        try:
            self._waits.append(wait)
            yield
        finally:
            # A signal handler may have raised before the wait was in the list.
            if wait in self._waits:
                self._waits.remove(wait)


_CURRENT: ContextVar[RunningWaits] = ContextVar("the running waits of this thread")


@contextmanager
def registered(wait: DescribedWait) -> Iterator[None]:
    """Have a wait in the registry of this thread, if somebody watches it, while the context is entered."""
    waits = _CURRENT.get(None)
    if waits is None:
        yield
        return
    with waits.running(wait):
        yield
