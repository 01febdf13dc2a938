"""Files that others read while they are written; the standard library alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

PRIVATE = 0o600
"""The rights of a file that only its user may read."""


def write_atomically(path: Path, content: str | bytes, mode: int = 0o666) -> None:
    """Write a file, whole or not at all: whoever reads it meanwhile gets the old content or the new.

    Args:
        path: the file; its folder must exist.
        content: what it holds; text is UTF-8.
        mode: the rights that a new file gets, less those that the umask takes.

    Raises:
        OSError: it could not be written; what was there is unchanged.
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
