"""The informers of a client, shared by its waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from maidenhair.kube.watch.informer import Informer, ListerWatcher, Scope

LINGER_SECONDS = 10.0
"""Seconds that an unused informer keeps running, so that the next wait can reuse it."""


class Informers:
    """The informers of a client, one for each scope. Safe to share between threads.

    Args:
        client: lists and watches.
    """

    def __init__(self, client: ListerWatcher) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._entries: dict[Scope, _Entry] = {}

    @contextmanager
    def acquire(self, scope: Scope) -> Iterator[Informer]:
        """Provide a refreshed informer for a scope while the context is entered. Raises like `Informer.refresh`."""
        entry = self._acquire(scope)
        try:
            entry.informer.refresh()
            yield entry.informer
        finally:
            self._release(scope, entry)

    def close(self) -> None:
        """Stop all unused informers."""
        self._stop_idle(0.0)

    def _acquire(self, scope: Scope) -> _Entry:
        self._stop_idle(LINGER_SECONDS)
        with self._lock:
            entry = self._entries.setdefault(scope, _Entry(Informer(self._client, scope)))
            entry.users += 1
            return entry

    def _release(self, scope: Scope, entry: _Entry) -> None:
        with self._lock:
            entry.users -= 1
            entry.unused_since = time.monotonic()
            if not entry.users and not entry.informer.is_running:
                # The informer never started; the next caller tries again with a new one.
                self._entries.pop(scope, None)

    def _stop_idle(self, seconds: float) -> None:
        until = time.monotonic() - seconds
        with self._lock:
            idle = [
                scope
                for scope, entry in self._entries.items()
                if not entry.users and entry.unused_since <= until
            ]
            stopped = [self._entries.pop(scope) for scope in idle]
        for entry in stopped:
            entry.informer.stop()


@dataclass
class _Entry:
    informer: Informer
    users: int = 0
    unused_since: float = field(default_factory=time.monotonic)
