"""The display below a run's output, on a terminal emulator: the output stays as it is, at any width."""

from __future__ import annotations

import fcntl
import os
import pty
import random
import struct
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager

import pyte
import pytest

from maidenhair.engine.output.live import LiveLines
from maidenhair.engine.output.terminal import shorten

PARTS = (
    "short\n",
    "no newline at the end",
    ".",
    "." * 39,
    "x" * 40,
    "x" * 80 + "\n",
    "a long line that wraps " * 20 + "\n",
    "試験の長い題名" * 9 + "\n",
    # pyte, other than terminals, does not wrap a wide character before the last column.
    "wide at the edge 試験" * 9 + "\n",
    "🎉" * 25,
    "\x1b[31mred\x1b[0m\n",
    "\x1b[1;32mgreen without an end\n",
    "\x1b[0mtab\there\n",
    "\n",
    "\n\n",
    "over\rwritten\n",
)
LINES = ["3 done, 1 failed", *(f"worker {n}: 試験の長い題名 {'x' * 300}" for n in range(12))]


class Emulator:
    """A terminal emulator at one end of a pty, whose other end is standard output and standard error."""

    def __init__(self, columns: int, lines: int) -> None:
        self.screen = pyte.HistoryScreen(columns, lines, history=100_000, ratio=0.1)
        self._stream = pyte.ByteStream(self.screen)
        self._ours, self.theirs = pty.openpty()
        os.set_blocking(self._ours, False)
        self.resize(columns, lines)

    def resize(self, columns: int, lines: int) -> None:
        self.read()
        size = struct.pack("HHHH", lines, columns, 0, 0)
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, size)
        self.screen.resize(lines, columns)

    def read(self) -> None:
        while True:
            try:
                self._stream.feed(os.read(self._ours, 65536))
            except BlockingIOError:
                return

    @property
    def rows(self) -> list[str]:
        self.read()
        history = [
            "".join(line[column].data for column in range(self.screen.columns))
            for line in self.screen.history.top
        ]
        rows = [row.rstrip() for row in (*history, *self.screen.display)]
        while rows and not rows[-1]:
            rows.pop()
        return rows

    def close(self) -> None:
        os.close(self._ours)


@contextmanager
def emulator(
    monkeypatch: pytest.MonkeyPatch, columns: int = 40, lines: int = 12
) -> Iterator[Emulator]:
    emulator = Emulator(columns, lines)
    with (
        os.fdopen(emulator.theirs, "w", buffering=1) as out,
        os.fdopen(os.dup(out.fileno()), "w", buffering=1) as err,
        monkeypatch.context() as patch,
    ):
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        yield emulator
    emulator.close()


def written(monkeypatch: pytest.MonkeyPatch, columns: int, seed: int, display: bool) -> list[str]:
    """Return the rows of a terminal after random output, with a display that changes meanwhile, or without."""
    random_ = random.Random(seed)
    with emulator(monkeypatch, columns) as terminal:
        live = LiveLines()
        if display:
            live.start()
        for _ in range(60):
            stream = random_.choice((sys.stdout, sys.stderr))
            stream.write(random_.choice(PARTS))
            stream.flush()
            lines = LINES[: random_.randrange(1, 13)]
            if random_.random() < 0.5 and display:
                live.show(lines)
            terminal.read()
        live.stop()
        return terminal.rows


@pytest.mark.parametrize("columns", [40, 80, 120, 200])
@pytest.mark.parametrize("seed", range(3))
def test_what_is_written_stays_as_it_is(
    monkeypatch: pytest.MonkeyPatch, columns: int, seed: int
) -> None:
    with_display = written(monkeypatch, columns, seed, display=True)

    assert with_display == written(monkeypatch, columns, seed, display=False)
    assert len(with_display) > 12


@pytest.mark.parametrize("lines", [1, 2, 3, 4, 10, 30])
def test_it_fits_into_any_terminal(monkeypatch: pytest.MonkeyPatch, lines: int) -> None:
    with emulator(monkeypatch, 30, lines) as terminal:
        live = LiveLines()
        live.start()
        print("\n".join(map(str, range(40))))
        live.show(LINES)
        shown = terminal.rows
        live.stop()

        assert shown[:40] == [str(number) for number in range(40)]
        assert len(shown) <= 40 + max(0, lines - 2)
        assert all(len(row) < 30 for row in shown)
        if lines == 10:
            assert shown[-1] == "… and 7 more"
        if lines == 30:
            assert [row.split(":")[0] for row in shown[-12:]] == [f"worker {n}" for n in range(12)]
        assert terminal.rows == shown[:40]


def test_it_follows_the_size_of_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    with emulator(monkeypatch, 80, 20) as terminal:
        live = LiveLines()
        live.start()
        for columns, lines in ((80, 20), (40, 24), (120, 30), (60, 40)):
            terminal.resize(columns, lines)
            print(f"{columns} columns")
            live.show(LINES)
            assert max(map(len, terminal.rows)) < columns
        live.stop()

        assert terminal.rows == [f"{columns} columns" for columns in (80, 40, 120, 60)]


def test_text_that_bypasses_it_stands_in_lines_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    with emulator(monkeypatch) as terminal:
        live = LiveLines()
        live.start()
        for text in ("....", "...." * 10, "line\n"):
            sys.stdout.write(text)
            live.show(LINES)
            live.make_room()
            os.write(sys.stderr.fileno(), b"SIGINT: cleaning up\n")
            live.show(LINES)
        live.stop()

        assert terminal.rows == [
            *("....", "SIGINT: cleaning up", "." * 40, "SIGINT: cleaning up"),
            *("line", "SIGINT: cleaning up"),
        ]


def test_streams_are_as_before_when_it_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    with emulator(monkeypatch):
        live = LiveLines()
        live.start()
        assert "write" in vars(sys.stdout)
        live.stop()
        assert "write" not in vars(sys.stdout)
        assert "write" not in vars(sys.stderr)


@pytest.mark.parametrize(
    ("text", "encoding", "shortened"),
    [
        ("abcdefgh", "utf-8", "abcdefgh"),
        ("abcdefghi", "utf-8", "abcdefg…"),
        ("abcdefghi", "ascii", "abcde..."),
        ("試験試験", "utf-8", "試験試験"),
        ("試験試験x", "utf-8", "試験試…"),
        ("a\x1b[31m\nb", "utf-8", "a[31m b"),
        ("é", "ascii", "\\xe9"),
    ],
)
def test_a_line_is_cut_to_the_width_in_what_the_terminal_can_show(
    text: str, encoding: str, shortened: str
) -> None:
    assert shorten(text, 8, encoding) == shortened
