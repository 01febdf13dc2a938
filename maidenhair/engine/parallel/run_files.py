"""The folder with the files of a run's workers."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

PREFIX = "maidenhair-run-"
LOCK = "lock"
TEMPORARY = "tmp"
RETAINED = "retained"
RETAINED_SECONDS = 24 * 3600.0


class RunFolder:
    """A folder that is removed with the run; those of runs that were killed are removed when the next one begins.

    Attributes:
        path: the folder.
        temporary: the folder in it for temporary files of workers and their child processes.
    """

    def __init__(self) -> None:
        remove_dead()
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        self.temporary = self.path / TEMPORARY
        self.temporary.mkdir()
        # Locked before it has its name: a file of that name without a lock belongs to a dead run.
        lock = self.path / f"{LOCK}.new"
        self._lock = lock.open("wb")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        lock.rename(self.path / LOCK)

    def remove(self, retain: bool = False) -> Path | None:
        """Remove it. With `retain`, leave temporary files for a day, and return their folder."""
        with suppress(OSError):
            if retain and any(self.temporary.iterdir()):
                (self.path / RETAINED).touch()
                self._lock.close()
                return self.temporary
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.close()
        return None


def remove_dead() -> None:
    """Remove the folders of this user's runs that have ended."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            if folder.stat().st_uid != os.geteuid():
                continue
            retained = folder / RETAINED
            if retained.exists() and time.time() - retained.stat().st_mtime < RETAINED_SECONDS:
                continue
            with (folder / LOCK).open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            # Its run lives, or another run removes it.
            continue
