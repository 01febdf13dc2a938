"""Files of a worker that the run reads when the worker hangs or has died: its activity and its last output."""

from __future__ import annotations

import marshal
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from maidenhair.engine.capture.captured_text import PENDING_BYTES, WRITE_THROUGH_BYTES
from maidenhair.engine.limits.activity import Activity

LAST_LINES = 20
"""The number of lines of output in the message about a lost worker."""
LAST_BYTES = 16_384
"""The number of bytes of output that these lines are taken from."""
RETAINED_BYTES = max(LAST_BYTES, 2 * WRITE_THROUGH_BYTES)
"""The bytes of output that stay when the file is shortened: enough to see that there was much output."""
_LONGEST = 500


class ActivityFile:
    """A file with the current activity of a worker, which the run reads even if the worker hangs.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)

    def write(self, activity: Activity) -> None:
        """Write the current activity."""
        spec, step, what, *rest = activity
        # In place of JSON, because this is written for every hook and step.
        content = marshal.dumps((spec[:_LONGEST], step, what[:_LONGEST], *rest))
        with suppress(OSError):
            # A full disk is no failure of the spec.
            os.pwrite(self._descriptor, content, 0)


def read_activity(path: Path) -> Activity | None:
    """Return the current or last activity of a worker, or None if it is unknown."""
    try:
        return Activity(*marshal.loads(path.read_bytes()))
    except (OSError, EOFError, ValueError, TypeError):
        return None


def note_on_loss(path: Path) -> str:
    """Return a line that says how much output may follow that of a file; empty if the file has all of it."""
    with suppress(OSError):
        if path.stat().st_size > WRITE_THROUGH_BYTES:
            return f"… up to {PENDING_BYTES} bytes of output after this may be lost …"
    return ""


def last_lines(path: Path) -> Sequence[str]:
    """Return the last lines of a file with output; none if it cannot be read."""
    with suppress(OSError), path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - LAST_BYTES))
        return file.read().decode("utf-8", errors="replace").splitlines()[-LAST_LINES:]
    return ()
