"""A timer for problems that may resolve themselves."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

WAKE_MARGIN_SECONDS = 0.02


class Patience:
    """A timer for a problem that may resolve itself. Wakes a wait when the problem has persisted for too long.

    Args:
        seconds: the time; None for no limit.
    """

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self._wake: Callable[[], None] | None = None
        self._timer: threading.Timer | None = None
        self._since = 0.0

    @contextmanager
    def waking(self, wake: Callable[[], None]) -> Iterator[None]:
        """Call `wake` when patience is exhausted, while the context is entered."""
        self._wake = wake
        try:
            yield
        finally:
            self._stop()
            self._wake = None

    def is_exhausted(self, persists: bool) -> bool:
        """Record whether the problem persists, and return whether it has persisted for too long."""
        if self.seconds is None or self._wake is None:
            return False
        if not persists:
            self._stop()
            return False
        if self._timer is None:
            self._since = time.monotonic()
            # Slightly later, so that patience is exhausted when the wait checks again.
            self._timer = threading.Timer(self.seconds + WAKE_MARGIN_SECONDS, self._wake)
            self._timer.daemon = True
            self._timer.start()
        return time.monotonic() - self._since >= self.seconds

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
