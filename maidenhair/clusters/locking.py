"""The lock of one cluster: whoever makes, removes or takes stock of it waits for others that do."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from maidenhair._util import paths
from maidenhair._util.progress import Progress


@contextmanager
def cluster_lock(folder: Path, name: str, progress: Progress) -> Iterator[None]:
    """Hold the lock of a cluster around the body; a wait for another process is told.

    Args:
        folder: the cluster's folder, which tells clusters of one name apart.
        name: the cluster's name, for the progress.
        progress: where the wait is reported.
    """
    # Not in the cluster's folder: removing a lock with what it guards would let two processes hold it.
    locks = paths.cache_dir() / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    key = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    lock = FileLock(locks / f"cluster-{key}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress.say(f"Waiting for another process that works on the cluster {name!r} …")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
