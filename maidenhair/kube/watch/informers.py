"""The informers of a client, which its waits share."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from maidenhair.kube.watch.informer import Informer, ListerWatcher, Scope

LINGER_SECONDS = 10.0
"""How long an informer that nobody uses goes on, for the next wait to find it there."""


class Informers:
    """The informers of a client, one for each scope; safe to share between threads.

    Args:
        client: lists and watches.
    """

    def __init__(self, client: ListerWatcher) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._kept: dict[Scope, _Kept] = {}

    @contextmanager
    def following(self, scope: Scope) -> Iterator[Informer]:
        """Give the informer of a scope, which knows what there is now; raises like `Informer.refresh`."""
        kept = self._take(scope)
        try:
            kept.informer.refresh()
            yield kept.informer
        finally:
            self._give_back(scope, kept)

    def close(self) -> None:
        """Stop all that nobody uses."""
        self._stop_idle(0.0)

    def _take(self, scope: Scope) -> _Kept:
        self._stop_idle(LINGER_SECONDS)
        with self._lock:
            kept = self._kept.setdefault(scope, _Kept(Informer(self._client, scope)))
            kept.users += 1
            return kept

    def _give_back(self, scope: Scope, kept: _Kept) -> None:
        with self._lock:
            kept.users -= 1
            kept.since = time.monotonic()
            if not kept.users and not kept.informer.is_following:
                # It could not begin: the next one tries anew.
                self._kept.pop(scope, None)

    def _stop_idle(self, seconds: float) -> None:
        until = time.monotonic() - seconds
        with self._lock:
            idle = [
                scope
                for scope, kept in self._kept.items()
                if not kept.users and kept.since <= until
            ]
            stopped = [self._kept.pop(scope) for scope in idle]
        for kept in stopped:
            kept.informer.stop()


@dataclass
class _Kept:
    informer: Informer
    users: int = 0
    since: float = field(default_factory=time.monotonic)
