"""The per-user cache of components. An entry is complete or absent."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from maidenhair._util.progress import Progress
from maidenhair.errors import ToolchainError

RECORD = "maidenhair.json"
"""The file of an entry that records its components' versions."""

PARTIAL = ".partial"


@dataclass(frozen=True)
class Entry:
    """A complete entry: its folder, and the version of each component in it."""

    folder: Path
    versions: Mapping[str, str]


class Cache:
    """A folder of entries, shared by threads and processes.

    Args:
        folder: the folder, created if needed.
        progress: where builds, and waits for another process, are reported.
    """

    def __init__(self, folder: Path, progress: Progress) -> None:
        self.folder = folder
        self._progress = progress

    def find(self, name: str, needed: Path) -> Entry | None:
        """Return an entry; None if it does not exist or lacks the relative path `needed`."""
        folder = self.folder / name
        try:
            versions = json.loads((folder / RECORD).read_text())
        except (OSError, ValueError):
            return None
        if not (folder / needed).exists():
            return None
        # The time of the last use, for `maidenhair cache prune`. The cache may be read-only.
        with suppress(OSError):
            os.utime(folder / RECORD)
        return Entry(folder, versions)

    def make(
        self,
        name: str,
        needed: Path,
        action: str,
        fill: Callable[[Path], Mapping[str, str]],
        state: Callable[[Path], str] | None = None,
    ) -> Entry:
        """Return an entry, and make it first if it does not exist.

        One thread of one process makes the entry. Others wait for it.

        Args:
            name: the entry's name.
            needed: a relative path that the entry must contain.
            action: the action for the progress line, such as "Building Kubernetes 1.34.4".
            fill: fills an empty folder and returns the components' versions.
            state: returns what `fill` has reached in a folder, for progress lines; see `Progress.step`.

        Raises:
            ToolchainError: the entry could not be made; nothing of it is left.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._lock(name):
                return self.find(name, needed) or self._fill(name, needed, action, fill, state)
        except OSError as error:
            raise ToolchainError(
                f"{error.filename or self.folder}: {error.strerror or error}"
            ) from error

    def _fill(
        self,
        name: str,
        needed: Path,
        action: str,
        fill: Callable[[Path], Mapping[str, str]],
        state: Callable[[Path], str] | None,
    ) -> Entry:
        # Each attempt uses a new folder: orphans of a killed process may still write to the old one.
        final = self.folder / name
        for leftover in (final, *self.folder.glob(f"{name}.*{PARTIAL}")):
            shutil.rmtree(leftover, ignore_errors=True)
        partial = self.folder / f"{name}.{uuid.uuid4().hex[:8]}{PARTIAL}"
        partial.mkdir()
        try:
            with self._progress.step(action, (lambda: state(partial)) if state else None):
                versions = fill(partial)
            if not (partial / needed).exists():
                raise ToolchainError(f"{action}: the result does not contain {needed}")
            (partial / RECORD).write_text(
                json.dumps(dict(versions), indent=2, sort_keys=True) + "\n"
            )
            partial.rename(final)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        return Entry(final, versions)

    def _lock(self, name: str) -> ExitStack:
        lock = FileLock(self.folder / f"{name}.lock")
        with ExitStack() as stack:
            try:
                stack.enter_context(lock.acquire(blocking=False))
            except Timeout:
                with self._progress.step(f"Waiting for another process that makes {name}"):
                    stack.enter_context(lock.acquire())
            return stack.pop_all()
