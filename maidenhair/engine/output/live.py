"""Lines at the bottom of a terminal that change in place, below the output of the run.

The cursor always stays where the output ends, and the lines are drawn below it. Whatever the run writes goes where it
would go without them, and hiding them means erasing what is below the cursor.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TextIO

from maidenhair.engine.output.hidden_input import HiddenInput
from maidenhair.engine.output.terminal import Cursor, shorten, size_of

SPARE_LINES = 3
"""The lines of the terminal that always show output of the run."""

_SAVE, _RESTORE = "\x1b7", "\x1b8"
_PLAIN, _BOLD, _DIM = "\x1b[0m", "\x1b[1m", "\x1b[2m"
_ERASE_RIGHT, _ERASE_BELOW = "\x1b[K", "\x1b[J"
# Unlike a line feed, it keeps the column.
_INDEX = "\x1bD"
# Begins the new line that a full one would begin with its next character.
_WRAP = " \b"


class LiveLines:
    """Lines below the output of the run, on the terminal of standard error.

    Between `start` and `stop`, all text that is written to standard output and standard error erases them first.
    """

    def __init__(self) -> None:
        self._terminal = sys.stderr
        self._descriptor = sys.stderr.fileno()
        self._cursor = Cursor()
        self._wrapped = False
        self._lines: Sequence[str] = ()
        self._drawn = False
        self._watched: list[TextIO] = []
        self._input = HiddenInput(self._descriptor, self.make_room)

    def start(self) -> None:
        """Begin to show lines, and hide what is typed."""
        self._input.start()
        # Each terminal stream once, though both may be the same object.
        for stream in dict.fromkeys((sys.stdout, sys.stderr)):
            if stream.isatty():
                self._watch(stream)

    def stop(self) -> None:
        """Erase the lines, and show none any more."""
        self.erase()
        self._input.stop()
        while self._watched:
            vars(self._watched.pop()).pop("write", None)

    def show(self, lines: Sequence[str]) -> None:
        """Show other lines; the first one stands out. Those that do not fit are counted in the last one."""
        self._lines = lines
        self._draw()

    def erase(self) -> None:
        """Erase the lines until they are shown again."""
        if self._drawn:
            self._drawn = False
            self._write(_SAVE + _PLAIN + _ERASE_BELOW + _RESTORE)

    def release(self) -> None:
        """Erase the lines and show what is typed, because the process ends. Safe in a signal handler."""
        self.make_room()
        self._input.show()

    def make_room(self) -> None:
        """Erase the lines and begin a new line, for text that bypasses Python's streams. Safe in a signal handler."""
        self.erase()
        if self._watched and self._cursor.column and not self._wrapped:
            self._write("\r\n")
        self._cursor.column = 0
        self._wrapped = False

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Show the lines again after other output, which erases them."""
        yield
        if self._watched:
            self._draw()

    def _watch(self, stream: TextIO) -> None:
        write: Callable[[str], int] = stream.write

        def erase_and_write(text: str) -> int:
            if text:
                self.erase()
                # The line that a line feed would begin is there already.
                write(text[1:] if self._wrapped and text.startswith("\n") else text)
                self._wrapped = False
                self._cursor.write(text, size_of(self._descriptor).columns)
            return len(text)

        # Formatters have a reference to the stream, which therefore cannot be replaced.
        vars(stream)["write"] = erase_and_write
        self._watched.append(stream)

    def _draw(self) -> None:
        size = size_of(self._descriptor)
        lines = _fitting(self._lines, size.lines - SPARE_LINES)
        if not lines:
            return
        for stream in self._watched:
            stream.flush()
        if self._cursor.column >= size.columns:
            self._cursor.column, self._wrapped = 0, True
            self._write(_WRAP)
        text = [_INDEX * len(lines), f"\x1b[{len(lines)}A", _SAVE]
        for number, line in enumerate(lines):
            # The last column stays empty, because a full line may begin another.
            shown = shorten(line, size.columns - 1, self._terminal.encoding)
            text += ["\r\n", _PLAIN, _DIM if number else _BOLD, shown, _PLAIN, _ERASE_RIGHT]
        self._write("".join([*text, _ERASE_BELOW, _RESTORE]))
        self._drawn = True

    def _write(self, text: str) -> None:
        data = text.encode(self._terminal.encoding, "backslashreplace")
        # Not through Python's buffers, because a signal handler may interrupt another write. The terminal may be gone.
        with suppress(OSError):
            while data:
                data = data[os.write(self._descriptor, data) :]


def _fitting(lines: Sequence[str], room: int) -> Sequence[str]:
    if len(lines) <= room:
        return lines
    shown = lines[: max(0, room - 1)]
    return [*shown, f"… and {len(lines) - len(shown)} more"] if shown else lines[: max(0, room)]
