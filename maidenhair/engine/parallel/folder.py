"""The folder that the workers of a run share, among the system's temporary files."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

PREFIX = "maidenhair-run-"
LOCK = "lock"
TEMPORARY = "tmp"


class RunFolder:
    """A folder that is removed with the run; those of runs that were killed are removed when the next one begins.

    Attributes:
        path: the folder.
        temporary: where workers and what they start have their temporary files, which go with it.
    """

    def __init__(self) -> None:
        remove_dead()
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        self.temporary = self.path / TEMPORARY
        self.temporary.mkdir()
        # Locked before it has its name: what has the name and no lock is a dead run's.
        lock = self.path / f"{LOCK}.new"
        self._lock = lock.open("wb")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        lock.rename(self.path / LOCK)

    def remove(self) -> None:
        """Remove it."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.close()


def remove_dead() -> None:
    """Remove our user's folders of runs that are no more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            if folder.stat().st_uid != os.geteuid():
                continue
            with (folder / LOCK).open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            # Its run lives, or another run removes it.
            continue
