"""Deferred cleanups, for example of a scenario or of a run."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import TypeVar

from maidenhair.errors import CleanupFailed

Value = TypeVar("Value")
Undo = Callable[[], object]


def _call(undo: Undo) -> object:
    return undo()


class Cleanups:
    """Deferred cleanups: the last one added runs first, and the others run even if one fails.

    Args:
        call: calls a cleanup, for example with a time limit.

    Attributes:
        pending: the number of cleanups that have not begun.
    """

    def __init__(self, call: Callable[[Undo], object] = _call) -> None:
        self._call = call
        self._stack = ExitStack()
        self._failures: list[tuple[str, BaseException]] = []
        self.pending = 0

    def add(self, what: str, undo: Undo) -> None:
        """Defer a call of `undo`; `what` names it in a failure, such as "remove the namespace trainer-x7"."""
        self._stack.callback(self._attempt, what, undo)
        self.pending += 1

    def enter(self, what: str, manager: AbstractContextManager[Value]) -> Value:
        """Enter a context manager, defer its exit, and return its value."""
        value = manager.__enter__()
        self.add(what, lambda: manager.__exit__(None, None, None))
        return value

    def suspend(self) -> None:
        """Drop the pending cleanups, so that what they would undo stays."""
        _hold_for_ever(self._stack.pop_all())
        self.pending = 0

    def run(self) -> None:
        """Run every pending cleanup once, and those that they add meanwhile.

        Raises:
            CleanupFailed: the errors of all cleanups that failed.
            KeyboardInterrupt: a cleanup was interrupted; the others ran all the same.
        """
        self._stack.close()
        failures, self._failures = self._failures, []
        errors = [error for _, error in failures if isinstance(error, Exception)]
        interrupts = [error for _, error in failures if not isinstance(error, Exception)]
        text = "; ".join(
            f"could not {what}: {type(error).__name__}: {error}" for what, error in failures
        )
        failed = CleanupFailed(text, errors) if errors else None
        if interrupts:
            raise interrupts[0] from failed
        if failed is not None:
            raise failed

    def _attempt(self, what: str, undo: Undo) -> None:
        self.pending -= 1
        try:
            self._call(undo)
        except BaseException as error:  # an interrupt must not skip the cleanups that remain
            self._failures.append((what, error))


def _hold_for_ever(held: object) -> None:
    """Hold an object, so that it is not collected, for as long as the process lives.

    A context manager that is written as a generator runs its ending when it is collected, also at the end of the
    process. What a daemon thread holds on its stack is never collected.
    """

    def hold(_: object) -> None:
        threading.Event().wait()

    threading.Thread(target=hold, args=(held,), name="suspended cleanups", daemon=True).start()
