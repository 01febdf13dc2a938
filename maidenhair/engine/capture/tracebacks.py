"""Tracebacks without the engine's own frames, and tracebacks as values that travel between processes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import NamedTuple, cast

from behave.exception_util import ExceptionUtil

_FOLDER = str(Path(__file__).resolve().parents[1])
# The text of an exception group has a margin of lines and plus signs.
_LINE = re.compile(r"(?P<margin>(?:\s*\| )?)  (?P<text>File \"|  )")
_LONGEST = 600
"""The entries at each end of a long traceback that are sent."""


class Frame(NamedTuple):
    """One entry of a traceback.

    Attributes:
        filename: the file of the code.
        name: the name of the function.
        line: the line, from 1.
        position: the first and last line and column of the expression that raised.
    """

    filename: str
    name: str
    line: int
    position: tuple[int | None, int | None, int | None, int | None]


def without_engine(text: str) -> str:
    """Return the text of a traceback without the engine's own frames."""
    if _FOLDER not in text:
        return text
    lines, dropping = [], False
    for line in text.splitlines(keepends=True):
        found = _LINE.match(line)
        if found is None:
            dropping = False
        elif found["text"] != "  ":
            dropping = line.startswith(_FOLDER, found.end())
        if not dropping:
            lines.append(line)
    return "".join(lines)


def unlink_engine(traceback: TracebackType | None) -> TracebackType | None:
    """Remove the engine's own frames from a traceback, in place. Return its first entry."""
    first = last = _skip_engine(traceback)
    while last is not None:
        following = _skip_engine(last.tb_next)
        if following is not last.tb_next:
            last.tb_next = following
        last = following
    return first


@contextmanager
def hook_errors_without_engine() -> Iterator[None]:
    """Leave the engine's own frames out of the errors of hooks that behave prints with `--verbose`."""
    # behave offers no seam here.
    plain = vars(ExceptionUtil)["get_traceback"]

    def get_traceback(error: BaseException) -> TracebackType | None:
        return unlink_engine(error.__traceback__)

    ExceptionUtil.get_traceback = staticmethod(get_traceback)
    try:
        yield
    finally:
        ExceptionUtil.get_traceback = plain


def frames_of(traceback: TracebackType | None) -> tuple[Frame, ...]:
    """Return a traceback as values, without the engine's own frames and the middle of a long one."""
    entries = [each for each in _entries(traceback) if not _is_engine(each)]
    if len(entries) > 2 * _LONGEST:
        entries = entries[:_LONGEST] + entries[-_LONGEST:]
    return tuple(map(_frame_of, entries))


def linked(frames: Sequence[Frame]) -> TracebackType | None:
    """Return a chain that the module `traceback` formats like the traceback that the frames are from."""
    following: SimpleNamespace | None = None
    for frame in reversed(frames):
        code = SimpleNamespace(
            co_filename=frame.filename,
            co_name=frame.name,
            co_qualname=frame.name,
            co_positions=_Positions(frame.position),
        )
        around = SimpleNamespace(f_code=code, f_lineno=frame.line, f_globals={}, f_locals={})
        following = SimpleNamespace(
            tb_frame=around, tb_lineno=frame.line, tb_lasti=0, tb_next=following
        )
    return cast("TracebackType | None", following)


class _Positions:
    """The method `co_positions` of a code object with one instruction."""

    def __init__(self, position: tuple[int | None, int | None, int | None, int | None]) -> None:
        self._position = position

    def __call__(self) -> Iterator[tuple[int | None, int | None, int | None, int | None]]:
        return iter((self._position,))


def _skip_engine(traceback: TracebackType | None) -> TracebackType | None:
    while traceback is not None and _is_engine(traceback):
        traceback = traceback.tb_next
    return traceback


def _is_engine(traceback: TracebackType) -> bool:
    return traceback.tb_frame.f_code.co_filename.startswith(_FOLDER)


def _entries(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def _frame_of(traceback: TracebackType) -> Frame:
    code = traceback.tb_frame.f_code
    instruction = islice(code.co_positions(), traceback.tb_lasti // 2, None)
    position = next(instruction, (traceback.tb_lineno, None, None, None))
    return Frame(code.co_filename, code.co_name, traceback.tb_lineno or 0, position)
