"""One lock per cluster: processes that create, change or remove the same cluster take turns."""

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
    """Hold the lock of a cluster during the `with` block.

    Args:
        folder: the cluster's folder, which identifies the cluster.
        name: the cluster's name, for the progress line.
        progress: where a wait for another process is reported.
    """
    # Outside the cluster's folder: if the lock were removed with the folder, two processes could hold it.
    locks = paths.cache_dir() / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    key = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    lock = FileLock(locks / f"cluster-{key}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress.say(f"Waiting for another process to finish with cluster {name!r} …")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
