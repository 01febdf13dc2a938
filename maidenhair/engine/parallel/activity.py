"""A file in which a worker says what it does, and by when it has to be done: it outlives the worker."""

from __future__ import annotations

import json
import os
from pathlib import Path

from maidenhair.engine.execution.time_limits import Activity

_LONGEST = 500


class ActivityFile:
    """The worker's side.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)

    def write(self, activity: Activity) -> None:
        """Say what the worker does."""
        short = activity._replace(spec=activity.spec[:_LONGEST], what=activity.what[:_LONGEST])
        os.pwrite(self._descriptor, json.dumps(short._asdict()).encode() + b"\n", 0)


def read_activity(path: Path) -> Activity | None:
    """Return what a worker does or did last, or None where that cannot be told."""
    try:
        line, _, _ = path.read_bytes().partition(b"\n")
        return Activity(**json.loads(line))
    except (OSError, ValueError, TypeError):
        return None
