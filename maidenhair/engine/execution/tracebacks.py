"""Tracebacks as they would be without the engine around the suite's code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any

_FOLDER = str(Path(__file__).resolve().parents[1])
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


def unlink_engine(traceback: Any) -> Any:
    """Return a traceback whose frames of the engine's own are left out; it is altered."""
    if isinstance(traceback, SentTraceback):
        return traceback
    while traceback is not None and _is_engine(traceback):
        traceback = traceback.tb_next
    if traceback is not None:
        traceback.tb_next = unlink_engine(traceback.tb_next)
    return traceback


def _is_engine(traceback: TracebackType) -> bool:
    return traceback.tb_frame.f_code.co_filename.startswith(_FOLDER)


@dataclass(frozen=True)
class SentCode:
    """What the module `traceback` wants to know of a code object."""

    co_filename: str
    co_name: str
    position: tuple[int | None, int | None, int | None, int | None]

    def co_positions(self) -> Iterator[tuple[int | None, int | None, int | None, int | None]]:
        """Give the place in the source of the instruction that raised, which is the only one."""
        yield self.position


@dataclass(frozen=True)
class SentFrame:
    """What the module `traceback` wants to know of a frame."""

    f_code: SentCode
    f_lineno: int
    f_globals: dict[str, Any] = field(default_factory=dict)
    f_locals: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SentTraceback:
    """A traceback of another process: the module `traceback` takes it for one, and tells it alike."""

    tb_frame: SentFrame
    tb_lineno: int
    tb_next: SentTraceback | None
    tb_lasti: int = 0

    @classmethod
    def of(cls, traceback: TracebackType | None) -> SentTraceback | None:
        """Return a traceback in a form that can be sent."""
        if traceback is None:
            return None
        code = traceback.tb_frame.f_code
        positions = islice(code.co_positions(), traceback.tb_lasti // 2, None)
        position = next(positions, (traceback.tb_lineno, None, None, None))
        sent = SentCode(code.co_filename, code.co_name, position)
        frame = SentFrame(sent, traceback.tb_lineno)
        return cls(frame, traceback.tb_lineno, cls.of(traceback.tb_next))
