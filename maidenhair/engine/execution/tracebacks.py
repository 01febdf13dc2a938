"""Tracebacks without the engine's own frames, and tracebacks that travel between processes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from types import TracebackType

import tblib

_FOLDER = str(Path(__file__).resolve().parents[1])
_FRAME = '  File "'


def without_engine(text: str) -> str:
    """Return the text of a traceback without the engine's own frames."""
    if _FOLDER not in text:
        return text
    lines, dropping = [], False
    for line in text.splitlines(keepends=True):
        if line.startswith(_FRAME):
            dropping = line.startswith(_FRAME + _FOLDER)
        elif not line.startswith("    "):
            dropping = False
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


def sendable(traceback: TracebackType | None) -> TracebackType | None:
    """Return a copy of a traceback that pickle takes, and that the module `traceback` formats like the original.

    The copy is tblib's, with the columns that tblib leaves out: `tblib.Traceback.as_traceback` makes a real traceback,
    but one that underlines the wrong part of each line.
    """
    if traceback is None:
        return None
    copy: TracebackType = tblib.Traceback(traceback)
    for ours, theirs in zip(_entries(copy), _entries(traceback), strict=True):
        # As attributes of each entry, because tblib's classes have neither.
        vars(ours)["tb_lasti"] = 0
        vars(ours.tb_frame.f_code)["co_positions"] = partial(iter, (_position(theirs),))
    return copy


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


def _position(traceback: TracebackType) -> tuple[int | None, int | None, int | None, int | None]:
    """Return the lines and columns of the instruction that raised."""
    positions = traceback.tb_frame.f_code.co_positions()
    instruction = islice(positions, traceback.tb_lasti // 2, None)
    return next(instruction, (traceback.tb_lineno, None, None, None))
