"""What has to be undone, in reverse order, each whatever becomes of the others."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from maidenhair.errors import CleanupFailed

Value = TypeVar("Value")
Undo = Callable[[], object]


class Cleanups:
    """Deferred cleanups: the last one added runs first, and none is skipped because another failed."""

    def __init__(self) -> None:
        self._pending: list[tuple[str, Undo]] = []

    def add(self, what: str, undo: Undo) -> None:
        """Have `undo` called later; `what` names it in a failure, such as "remove the namespace trainer-x7"."""
        self._pending.append((what, undo))

    def enter(self, what: str, manager: AbstractContextManager[Value]) -> Value:
        """Enter a context manager whose exit is deferred, and return what it yields."""
        value = manager.__enter__()
        self.add(what, lambda: manager.__exit__(None, None, None))
        return value

    def suspend(self) -> None:
        """Let no pending cleanup ever run: what they would undo stays."""
        pending, self._pending = self._pending, []
        if pending:
            hold_for_ever(pending)

    def run(self) -> None:
        """Run every pending cleanup once; one that a cleanup adds meanwhile runs as well.

        Raises:
            CleanupFailed: at least one failed; the text tells each.
            KeyboardInterrupt: one was interrupted; the others ran all the same.
        """
        failures: list[tuple[str, BaseException]] = []
        while self._pending:
            what, undo = self._pending.pop()
            try:
                undo()
            except BaseException as error:  # an interrupt must not skip the cleanups that remain
                failures.append((what, error))
        for _, failure in failures:
            if not isinstance(failure, Exception):
                raise failure
        if failures:
            told = "; ".join(
                f"could not {what}: {type(error).__name__}: {error}" for what, error in failures
            )
            raise CleanupFailed(told) from failures[0][1]


def hold_for_ever(*held: object) -> None:
    """Keep objects from being collected for as long as the process lives.

    A context manager that is written as a generator runs its ending when it is collected, also at the end of the
    process. What a daemon thread holds on its stack is never collected.
    """

    def hold(*_: object) -> None:
        threading.Event().wait()

    threading.Thread(target=hold, args=held, name="suspended cleanups", daemon=True).start()
