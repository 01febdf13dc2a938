"""A terminal emulator with a run in it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pyte

from .conftest import RUN_SECONDS, RUNNER, Suite

HISTORY = 100_000
QUIET_SECONDS = 0.05


class Terminal:
    """A terminal emulator, as the terminal of a process.

    Args:
        columns: its width.
        lines: its height.
    """

    def __init__(self, columns: int = 80, lines: int = 24) -> None:
        self.screen = pyte.HistoryScreen(columns, lines, history=HISTORY, ratio=0.1)
        self._stream = pyte.ByteStream(self.screen)
        self.received = b""
        self.screens: list[list[str]] = []
        """The screens that a person saw: those at which the output paused."""
        self.echoes_at_end = False

    def run(
        self,
        suite: Suite,
        *options: str,
        middle: Callable[[Terminal], None] | None = None,
        stdout: IO[str] | None = None,
    ) -> int:
        """Run a suite in it, and return the exit code.

        Args:
            suite: the suite.
            options: options of behave.
            middle: called once the suite has logged "middle".
            stdout: where standard output goes instead.
        """
        ours, theirs = pty.openpty()
        self._descriptor = ours
        self.resize(self.screen.columns, self.screen.lines)
        self._process = process = subprocess.Popen(
            [sys.executable, "-m", "behave", *RUNNER, "-D", "maidenhair.seed=1", *options],
            cwd=suite.folder,
            env=_environment(suite),
            stdin=theirs,
            stdout=stdout or theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=_control_terminal,
        )
        os.close(theirs)
        with process:
            try:
                self._feed(suite, middle)
                code = process.wait(RUN_SECONDS)
                self.echoes_at_end = self.echoes
                return code
            finally:
                process.kill()
                os.close(ours)

    def send(self, number: int) -> None:
        """Send a signal to the run."""
        self._process.send_signal(number)

    def type(self, text: str) -> None:
        """Type on its keyboard."""
        os.write(self._descriptor, text.encode())

    @property
    def echoes(self) -> bool:
        """Return whether it shows what is typed."""
        return bool(termios.tcgetattr(self._descriptor)[3] & termios.ECHO)

    def resize(self, columns: int, lines: int) -> None:
        """Change its size."""
        size = struct.pack("HHHH", lines, columns, 0, 0)
        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, size)
        self.screen.resize(lines, columns)

    @property
    def rows(self) -> list[str]:
        """Return the rows of the scrollback and of the screen, without the empty ones at the end."""
        history = [
            "".join(line[column].data for column in range(max(line, default=-1) + 1))
            for line in self.screen.history.top
        ]
        rows = [row.rstrip() for row in (*history, *self.screen.display)]
        while rows and not rows[-1]:
            rows.pop()
        return rows

    def _feed(self, suite: Suite, middle: Callable[[Terminal], None] | None) -> None:
        until = time.monotonic() + RUN_SECONDS
        while time.monotonic() < until:
            ready, _, _ = select.select([self._descriptor], [], [], QUIET_SECONDS)
            if not ready:
                self.screens.append(list(self.screen.display))
                if middle is not None and "middle" in suite.log:
                    middle(self)
                    middle = None
                continue
            try:
                data = os.read(self._descriptor, 65536)
            except OSError:
                # A terminal whose other side is closed ends so.
                return
            self.received += data
            self._stream.feed(data)


def _control_terminal() -> None:
    """Make the terminal on standard input the controlling one of this process, as a shell does."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def squeezed(text: str) -> str:
    """Return a text without escape sequences and white space."""
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)
    return "".join(text.split())


def _environment(suite: Suite) -> dict[str, str]:
    hidden = ("CI", "NO_COLOR", "COLUMNS", "LINES")
    inherited = {name: value for name, value in os.environ.items() if name not in hidden}
    return {
        **inherited,
        "TERM": "xterm-256color",
        "SUITE_LOG": str(suite.folder / "log"),
        "MAIDENHAIR_HISTORY": str(Path(suite.folder, "history.json")),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
