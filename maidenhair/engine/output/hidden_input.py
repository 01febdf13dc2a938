"""Keeps a terminal from showing what is typed while something is drawn on it."""

from __future__ import annotations

import atexit
import os
import signal
import termios
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

_LOCAL_MODES = 3


class HiddenInput:
    """Hides what is typed, because the terminal would show it, and a line break, among what is drawn.

    What is typed is not lost: the shell gets it after the run. The terminal is restored when the process is suspended,
    and when it ends, except by SIGKILL.

    Args:
        descriptor: a file descriptor of the terminal.
        before_suspending: called when the process is suspended, for example by Ctrl-Z.
    """

    def __init__(self, descriptor: int, before_suspending: Callable[[], object]) -> None:
        self._descriptor = descriptor
        self._before_suspending = before_suspending
        self._hidden = False
        self._previous: Any = None

    def start(self) -> None:
        """Begin to hide; only the main thread may do so."""
        self._hide()
        self._previous = signal.signal(signal.SIGTSTP, self._suspend)
        atexit.register(self.show)

    def stop(self) -> None:
        """End."""
        self.show()
        if self._previous is not None:
            signal.signal(signal.SIGTSTP, self._previous)
            self._previous = None
        atexit.unregister(self.show)

    def show(self) -> None:
        """Show again what is typed. Safe in a signal handler."""
        if self._hidden:
            self._hidden = not self._set_echo(True)

    def _hide(self) -> None:
        self._hidden = self._set_echo(False)

    def _set_echo(self, on: bool) -> bool:
        """Change the terminal, and return whether it was changed."""
        # The terminal may be gone, or belong to another program, which would stop this one if it changed it.
        with suppress(OSError, termios.error):
            if os.tcgetpgrp(self._descriptor) == os.getpgrp():
                modes = termios.tcgetattr(self._descriptor)
                had = bool(modes[_LOCAL_MODES] & termios.ECHO)
                modes[_LOCAL_MODES] ^= termios.ECHO if had != on else 0
                termios.tcsetattr(self._descriptor, termios.TCSANOW, modes)
                return had != on
        return False

    def _suspend(self, number: int, frame: FrameType | None) -> None:
        """Suspend the process with the terminal as it was, and hide again when it continues."""
        self._before_suspending()
        self.show()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, self._suspend)
        self._hide()
