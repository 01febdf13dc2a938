"""Progress lines of long steps."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

REMINDER_SECONDS = 30.0


class Progress:
    """Write a line when a step begins, every 30 s while it runs, and when it ends. Steps may overlap.

    Args:
        stream: where the lines go; default: standard error, because a command's output goes to standard output.

    Example:
        >>> import sys
        >>> progress = Progress(sys.stdout)
        >>> with progress.step("Deploying Widgets"):
        ...     progress.say("3 of them")
        Deploying Widgets …
        3 of them
        Deploying Widgets: done in ... s
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    @contextmanager
    def step(self, label: str, state: Callable[[], str] | None = None) -> Iterator[None]:
        """Report the `with` block as a step.

        Args:
            label: the step, such as "Building Kubernetes 1.36.3".
            state: returns what the step has reached, such as "120 of 2850 packages", for the lines while it runs;
                empty if that is unknown.
        """
        begin = time.monotonic()
        ended = threading.Event()
        self.say(f"{label} …")
        reminder = threading.Thread(
            target=self._remind, args=(label, begin, ended, state), daemon=True
        )
        reminder.start()
        outcome = "failed after"
        try:
            yield
            outcome = "done in"
        finally:
            ended.set()
            reminder.join()
            self.say(f"{label}: {outcome} {time.monotonic() - begin:.1f} s")

    def say(self, line: str) -> None:
        """Write one line."""
        with self._lock:
            print(line, file=self._stream or sys.stderr, flush=True)

    def _remind(
        self,
        label: str,
        begin: float,
        ended: threading.Event,
        state: Callable[[], str] | None,
    ) -> None:
        while not ended.wait(REMINDER_SECONDS):
            reached = state() if state else ""
            passed = f"{time.monotonic() - begin:.0f} s"
            self.say(
                f"{label}: {f'{passed}, {reached}' if reached else f'still running after {passed}'}"
            )
