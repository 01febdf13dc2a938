"""Atomic writes. Uses the standard library alone, because the machine supervisor imports it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

PRIVATE = 0o600
"""The mode of a file that only its owner may read and write."""


def write_atomically(path: Path, content: str | bytes, mode: int = 0o666) -> None:
    """Replace a file's content atomically: a concurrent reader sees the old content or the new, never a part.

    Args:
        path: the file; its folder must exist.
        content: the new content; text is encoded as UTF-8.
        mode: the permission bits of the new file, before the umask.

    Raises:
        OSError: the file could not be written; the old content is unchanged.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
