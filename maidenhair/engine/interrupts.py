"""SIGINT and SIGTERM: the first ends the run in an orderly way, the second at once."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """Turns the first SIGINT or SIGTERM into KeyboardInterrupt, and lets the second kill the process.

    Args:
        say: told what a signal does; writes to standard error by default.
    """

    def __init__(self, say: Callable[[str], object] | None = None) -> None:
        self._say = say or _to_stderr
        self._previous: dict[signal.Signals, Any] = {}
        self._owner = os.getpid()
        self._received = False
        self._held = False

    def install(self) -> None:
        """Take over both signals; only the main thread may do so."""
        for number in SIGNALS:
            self._previous[number] = signal.signal(number, self._handle)

    def restore(self) -> None:
        """Give both signals back to whoever had them."""
        while self._previous:
            number, handler = self._previous.popitem()
            signal.signal(number, handler)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let the body, a cleanup, finish: a first signal meanwhile is raised only when it has.

        Raises:
            KeyboardInterrupt: a signal arrived while the body ran.
        """
        before = self._received
        self._held = True
        try:
            yield
        finally:
            self._held = False
        if self._received and not before:
            raise KeyboardInterrupt

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if os.getpid() != self._owner:
            # A forked child inherits the handler, but is not the run: it just ends.
            _die_of(number)
            return
        name = signal.Signals(number).name
        if self._received:
            self._say(
                f"{name} again: leaving at once; the next run removes what is left of this one"
            )
            _die_of(number)
            return
        self._received = True
        self._say(f"{name}: cleaning up, then leaving; once more leaves at once")
        if not self._held:
            raise KeyboardInterrupt


def _die_of(number: int) -> None:
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _to_stderr(line: str) -> None:
    print(line, file=sys.__stderr__, flush=True)
