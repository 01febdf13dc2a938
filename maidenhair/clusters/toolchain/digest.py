"""A short digest of everything that goes into a component."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from maidenhair.errors import ToolchainError

DIGITS = 12


def digest(parts: Iterable[str | Path]) -> str:
    """Return 12 hexadecimal digits of texts and of files' contents; a file counts with its name.

    Raises:
        ToolchainError: a file could not be read.
    """
    total = hashlib.sha256()
    for part in parts:
        for piece in (
            (part.name.encode(), _content(part)) if isinstance(part, Path) else (part.encode(),)
        ):
            total.update(len(piece).to_bytes(8, "big"))
            total.update(piece)
    return total.hexdigest()[:DIGITS]


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ToolchainError(f"{path} could not be read: {error.strerror}") from error
