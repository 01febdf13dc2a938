"""Results of specs that are held until checks in the background have ended."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from maidenhair.engine.capture.plain_values import plain_text
from maidenhair.errors import LimitExceeded

Check = Callable[[], object]
Settle = Callable[[str | None], object]
"""Takes the error of the checks; None if all passed."""

MOST_HELD = 4
"""Specs whose results a worker holds at the same time. It bounds the namespaces that are being deleted."""


@dataclass
class _Held:
    checks: Sequence[tuple[str, Check]]
    settle: Settle
    running: str = ""
    failures: list[str] = field(default_factory=list)
    is_settled: bool = False


class HeldResults:
    """The results that a worker holds. Their checks run in threads, and the worker runs other specs meanwhile.

    Args:
        limit: the seconds after which a check that has not ended fails its spec; None for no limit.

    Attributes:
        are_accepted: whether the running spec may have its result held.
    """

    def __init__(self, limit: float | None) -> None:
        self.are_accepted = False
        self._limit = limit
        self._requested: list[tuple[str, Check]] = []
        self._changed = threading.Condition()
        self._held: list[_Held] = []

    def add(self, what: str, check: Check) -> None:
        """Hold the result of the running spec until a check has ended; `what` names the check in its errors."""
        self._requested.append((what, check))

    def begin(self, are_accepted: bool) -> None:
        """Begin an attempt, and say whether its result may be held."""
        self.are_accepted = are_accepted
        self._requested = []

    def end(self) -> Sequence[tuple[str, Check]]:
        """End an attempt. Return the checks that hold its result."""
        self.are_accepted = False
        requested, self._requested = self._requested, []
        return requested

    def start(self, checks: Sequence[tuple[str, Check]], settle: Settle) -> None:
        """Run the checks of a spec one after another in a thread.

        Args:
            checks: the checks and their names.
            settle: called once in a thread when all have ended, or at the limit.
        """
        held = _Held(checks, settle)
        with self._changed:
            self._held.append(held)
        # In a context of its own, because the waits of checks are not those of the running spec.
        run = partial(contextvars.Context().run, self._run, held)
        threading.Thread(target=run, name="held result", daemon=True).start()

    def wait_for_room(self) -> None:
        """Wait until the result of another spec may be held."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._held) < MOST_HELD)

    def wait(self) -> None:
        """Wait until no result is held."""
        with self._changed:
            self._changed.wait_for(lambda: not self._held)

    def _run(self, held: _Held) -> None:
        overdue = None
        if self._limit is not None:
            overdue = threading.Timer(self._limit, self._end_overdue, [held])
            overdue.daemon = True
            overdue.start()
        for what, check in held.checks:
            held.running = what
            try:
                check()
            except BaseException as error:  # whatever a check of the suite's raises
                kind = type(error).__name__
                held.failures.append(f"could not {what}: {kind}: {plain_text(error)}")
        if overdue is not None:
            overdue.cancel()
        self._settle(held)

    def _end_overdue(self, held: _Held) -> None:
        reason = f"the cleanup's limit of {self._limit:g} s was reached"
        held.failures.append(f"could not {held.running}: {LimitExceeded.__name__}: {reason}")
        self._settle(held)

    def _settle(self, held: _Held) -> None:
        with self._changed:
            if held.is_settled:
                return
            held.is_settled = True
        held.settle("; ".join(held.failures) or None)
        # Afterwards, so that the result was sent when the worker stops to wait.
        with self._changed:
            self._held.remove(held)
            self._changed.notify_all()
