"""SIGINT, SIGTERM, SIGHUP and SIGQUIT: the first ends the run in order, one more may skip cleanups, the last leaves."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
STDOUT, STDERR = 1, 2


class Interrupts:
    """Turns the first of the signals into KeyboardInterrupt, and lets the last kill the process.

    Args:
        say: called with the effect of a signal; writes to standard error by default.
        first: called at the first signal, in place of raising.
        skip: called at a second signal, to skip cleanups; without it, the second signal is the last.
        before_dying: called at the last one.
    """

    def __init__(
        self,
        say: Callable[[str], object] | None = None,
        first: Callable[[], object] | None = None,
        skip: Callable[[], object] | None = None,
        before_dying: Callable[[], object] | None = None,
    ) -> None:
        self._say = say or to_stderr
        self._first = first
        self._skip = skip
        self._before_dying = before_dying
        self._previous: dict[signal.Signals, Any] = {}
        self._owner = os.getpid()
        self._held = False
        self._terminals: list[int] = []
        self.received: list[int] = []

    def install(self) -> None:
        """Take over the signals; only the main thread may do so."""
        self._terminals = [number for number in (STDOUT, STDERR) if os.isatty(number)]
        for number in SIGNALS:
            if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
                # nohup has the program go on after the terminal is closed.
                continue
            self._previous[number] = signal.signal(number, self._handle)

    def restore(self) -> None:
        """Restore the previous handlers of the signals."""
        while self._previous:
            number, handler = self._previous.popitem()
            signal.signal(number, handler)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let the body, a cleanup, finish: a first signal meanwhile is raised only when it has.

        Raises:
            KeyboardInterrupt: a signal arrived while the body ran.
        """
        before = len(self.received)
        self._held = True
        try:
            yield
        finally:
            self._held = False
        if len(self.received) > before:
            raise KeyboardInterrupt

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if os.getpid() != self._owner:
            # A forked child inherits the handler, but is not the run: it just ends.
            _die_of(number)
            return
        if number == signal.SIGHUP:
            self._leave_terminals()
        name = signal.Signals(number).name
        self.received.append(number)
        # Another signal may come while this one is handled.
        count = len(self.received)
        if count == 1:
            more = "once more skips cleanups" if self._skip else "once more leaves at once"
            self._say(f"{name}: cleaning up, then leaving; {more}")
            if self._first is not None:
                self._first()
            elif not self._held:
                raise KeyboardInterrupt
        elif count == 2 and self._skip is not None:
            self._say(f"{name} again: leaving without cleanups; once more leaves at once")
            self._skip()
        else:
            self._say(
                f"{name} again: leaving at once; the next run removes what is left of this one"
            )
            if self._before_dying is not None:
                self._before_dying()
            _die_of(number)

    def _leave_terminals(self) -> None:
        """Write nothing more to a terminal that is closed: every write would fail, also that of a cleanup."""
        null = os.open(os.devnull, os.O_WRONLY)
        for number in self._terminals:
            os.dup2(null, number)
        os.close(null)


def handles_interrupt(frame: FrameType | None) -> bool:
    """Return whether the handler of one of `SIGNALS` is what runs in a frame, or called it."""
    handlers = {getattr(signal.getsignal(number), "__code__", None) for number in SIGNALS}
    while frame is not None:
        if frame.f_code in handlers:
            return True
        frame = frame.f_back
    return False


def _die_of(number: int) -> None:
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def to_stderr(line: str) -> None:
    """Write a line to standard error; safe in a signal handler."""
    # Not through Python's buffers: a handler may interrupt another in the middle of them.
    with suppress(OSError):
        os.write(STDERR, f"{line}\n".encode())


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
        self._previous = -1
        self._writing: socket.socket | None = None
        self._ended = threading.Event()
        self.interrupting = False
        """Whether an interrupt came just now; if WAKING_SIGNAL's handler raised, its own would not run."""

    def install(self) -> None:
        """Begin; only the main thread may do so."""
        reading, self._writing = socket.socketpair()
        self._writing.setblocking(False)
        self._previous = signal.set_wakeup_fd(self._writing.fileno(), warn_on_full_buffer=False)
        threading.Thread(target=self._serve, args=(reading,), name="signals", daemon=True).start()

    def restore(self) -> None:
        """End."""
        with suppress(ValueError, OSError):
            signal.set_wakeup_fd(self._previous)
        self._ended.set()
        if self._writing is not None:
            self._writing.close()

    def _serve(self, reading: socket.socket) -> None:
        with reading:
            while numbers := reading.recv(64):
                if any(number != WAKING_SIGNAL for number in numbers):
                    self.interrupting = any(number in SIGNALS for number in numbers)
                    self._wake()
                    self.interrupting = False

    def _wake(self) -> None:
        for seconds in WAKE_AFTER:
            if self._ended.wait(seconds):
                return
            signal.pthread_kill(self._main, WAKING_SIGNAL)
