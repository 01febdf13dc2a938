"""Has signals handled at once that the kernel gave to another thread than the main one."""

from __future__ import annotations

import signal
import socket
import threading
from contextlib import suppress

from maidenhair.engine.execution.signals import SIGNALS

WAKING_SIGNAL = signal.SIGUSR2
# More than once: where a handler raises, Python forgets to call those of other signals that came together with its own.
WAKE_AFTER = (0.0, 0.05, 0.5)


class Waking:
    """Interrupts the system call of the main thread whenever a signal arrives in any thread.

    Python runs handlers in the main thread alone, which may sleep for long when another thread got the signal.
    `WAKING_SIGNAL` must have a handler.
    """

    def __init__(self) -> None:
        self._main = threading.main_thread().ident or 0
        self._reading, self._writing = socket.socketpair()
        self._previous = -1
        self._ended = threading.Event()
        self.interrupting = False
        """Whether an interrupt came just now; if WAKING_SIGNAL's handler raised, it would keep its own from running."""

    def install(self) -> None:
        """Begin; only the main thread may do so."""
        self._writing.setblocking(False)
        self._previous = signal.set_wakeup_fd(self._writing.fileno(), warn_on_full_buffer=False)
        threading.Thread(target=self._serve, name="signals", daemon=True).start()

    def restore(self) -> None:
        """End."""
        with suppress(ValueError, OSError):
            signal.set_wakeup_fd(self._previous)
        self._ended.set()
        self._writing.close()

    def _serve(self) -> None:
        while numbers := self._reading.recv(64):
            if any(number != WAKING_SIGNAL for number in numbers):
                self.interrupting = any(number in SIGNALS for number in numbers)
                self._wake()
                self.interrupting = False
        self._reading.close()

    def _wake(self) -> None:
        for seconds in WAKE_AFTER:
            if self._ended.wait(seconds):
                return
            signal.pthread_kill(self._main, WAKING_SIGNAL)
