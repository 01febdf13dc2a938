"""The lock of a cluster: who makes, changes or removes it does so alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from maidenhair import paths
from maidenhair.clusters.embedded.layout import Layout
from maidenhair.progress import Progress


@contextmanager
def locked(layout: Layout, progress: Progress) -> Iterator[None]:
    """Hold the lock of a cluster for a body; a killed holder gives it back."""
    # Not in the cluster's folder: removing a lock with what it guards would let two processes hold it.
    locks = paths.cache_dir() / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    key = hashlib.sha256(str(layout.folder).encode()).hexdigest()[:16]
    lock = FileLock(locks / f"cluster-{key}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress.say(f"Waiting for another process that works on the cluster {layout.name!r} …")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
