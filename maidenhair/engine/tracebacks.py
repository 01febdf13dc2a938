"""Tracebacks as they would be without the engine around the suite's code."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

_FOLDER = str(Path(__file__).resolve().parent)
_FRAME = '  File "'


def without_engine(text: str) -> str:
    """Return the text of a traceback without the engine's own frames."""
    if _FOLDER not in text:
        return text
    kept, dropping = [], False
    for line in text.splitlines(keepends=True):
        if line.startswith(_FRAME):
            dropping = line.startswith(_FRAME + _FOLDER)
        elif not line.startswith("    "):
            dropping = False
        if not dropping:
            kept.append(line)
    return "".join(kept)


def unlink_engine(traceback: TracebackType | None) -> TracebackType | None:
    """Return a traceback whose frames of the engine's own are left out; it is altered."""
    while traceback is not None and _is_engine(traceback):
        traceback = traceback.tb_next
    if traceback is not None:
        traceback.tb_next = unlink_engine(traceback.tb_next)
    return traceback


def _is_engine(traceback: TracebackType) -> bool:
    return traceback.tb_frame.f_code.co_filename.startswith(_FOLDER)
