"""List the entries of the cache, and remove those that nothing has used for a while."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from maidenhair.clusters.toolchain.cache import PARTIAL, RECORD

DAY = 24 * 3600.0
PROCESSES = Path("/proc")
CONFIGURATIONS = ("*.json", "*.toml")


@dataclass(frozen=True)
class Listed:
    """An entry of the cache.

    Attributes:
        name: its name, which has the component, the version and a digest of what it was made from.
        folder: its folder.
        size: its size in bytes.
        idle_days: the days since a command last used it.
        in_use: whether a cluster or a process uses it now.
    """

    name: str
    folder: Path
    size: int
    idle_days: float
    in_use: bool


def list_entries(cache: Path, state: Path) -> list[Listed]:
    """Return the complete entries of a cache, sorted by name.

    Args:
        cache: the folder of the cache.
        state: the folder of running clusters, which use entries.
    """
    used = list(_texts_of_users(state))
    now = time.time()
    return [
        Listed(
            folder.name,
            folder,
            _size(folder),
            max(now - (folder / RECORD).stat().st_mtime, 0) / DAY,
            any(str(folder) in text for text in used),
        )
        for folder in sorted(cache.iterdir() if cache.is_dir() else ())
        if (folder / RECORD).is_file()
    ]


def prune(cache: Path, state: Path, idle_days: float) -> list[Listed]:
    """Remove the entries that no command used for a number of days, and unfinished ones that nobody makes.

    An entry that a cluster or a process uses stays, and so does one that another process makes.

    Args:
        cache: the folder of the cache.
        state: the folder of running clusters.
        idle_days: the days.

    Returns:
        The removed entries.
    """
    removed = []
    for entry in list_entries(cache, state):
        if entry.in_use or entry.idle_days < idle_days:
            continue
        lock = FileLock(cache / f"{entry.name}.lock")
        try:
            with lock.acquire(blocking=False):
                # Renamed first, so that no other process finds half an entry.
                going = entry.folder.with_name(f"{entry.name}.removed{PARTIAL}")
                entry.folder.rename(going)
                shutil.rmtree(going)
        except Timeout:
            continue
        removed.append(entry)
    for folder in sorted(cache.glob(f"*{PARTIAL}")):
        name = folder.name.removesuffix(PARTIAL).rpartition(".")[0]
        try:
            with FileLock(cache / f"{name}.lock").acquire(blocking=False):
                shutil.rmtree(folder, ignore_errors=True)
        except Timeout:
            continue
    return removed


def _size(folder: Path) -> int:
    return sum(
        (Path(place) / name).lstat().st_size
        for place, _, names in os.walk(folder)
        for name in names
    )


def _texts_of_users(state: Path) -> Iterator[str]:
    """Yield texts that have the paths that clusters and processes use: configurations and command lines."""
    for pattern in CONFIGURATIONS:
        for file in (state / "clusters").rglob(pattern):
            # Below `containerd`, `kubelet` and `volumes` are files of containers.
            if len(file.relative_to(state).parts) <= 5:
                yield _text(file)
    for process in PROCESSES.glob("[0-9]*"):
        yield _text(process / "cmdline")
        yield _text(process / "maps")


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except OSError:
        # The file or the process is gone, or belongs to another user.
        return ""
