"""The informers of a client, shared by its waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from maidenhair.errors import ApiRefused
from maidenhair.kube.watch.informer import Informer
from maidenhair.kube.watch.scope import ListerWatcher, Scope

LINGER_SECONDS = 10.0
"""Seconds that an unused informer keeps running, so that the next wait can reuse it."""
OWN_WATCHES = 8
"""Objects of one kind in one namespace that have a watch of their own each. Further ones share a watch of the kind."""
FORBIDDEN = 403


class _Key(NamedTuple):
    scope: Scope
    named_only: bool = False


class Informers:
    """The informers of a client. Safe to share between threads.

    Args:
        client: lists and watches.
    """

    def __init__(self, client: ListerWatcher) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._entries: dict[_Key, _Entry] = {}
        # The scopes of which the account may read only objects of certain names.
        self._restricted: set[Scope] = set()

    def is_running(self, scope: Scope) -> bool:
        """Return whether a watch of all objects of the scope runs."""
        with self._lock:
            return self._runs(_Key(scope))

    @contextmanager
    def acquire(self, scope: Scope) -> Iterator[Informer]:
        """Provide a refreshed informer for a scope while the context is entered. Raises like `Informer.refresh`."""
        self._stop_idle(LINGER_SECONDS)
        with self._lock:
            entry = self._acquire(_Key(scope))
        try:
            entry.informer.refresh()
            yield entry.informer
        finally:
            self._release(entry)

    @contextmanager
    def acquire_named(self, scope: Scope, name: str) -> Iterator[Informer]:
        """Provide an informer whose objects of a name are no older than this call, while the context is entered.

        If a watch of the scope runs, it serves the name too. Otherwise the first `OWN_WATCHES` names have a watch
        each, which is also what an account may use that may read only objects of certain names. Further names share a
        watch of the scope that keeps no other objects.

        Args:
            scope: a scope without selectors.
            name: the name. Objects of this name need not exist.

        Raises:
            ApiRefused: see `Informer.refresh`.
            ApiUnreachable: the server did not answer.
        """
        self._stop_idle(LINGER_SECONDS)
        with ExitStack() as stack:
            entry = self._enter_named(stack, scope, name)
            try:
                stack.enter_context(entry.informer.use(name))
            except ApiRefused as refused:
                if refused.status != FORBIDDEN or not entry.key.named_only:
                    raise
                with self._lock:
                    self._restricted.add(scope)
                entry = self._enter_named(stack, scope, name)
                stack.enter_context(entry.informer.use(name))
            yield entry.informer

    def close(self) -> None:
        """Stop all unused informers."""
        self._stop_idle(0.0)

    def _enter_named(self, stack: ExitStack, scope: Scope, name: str) -> _Entry:
        with self._lock:
            entry = self._acquire(self._key_for(scope, name))
        stack.callback(self._release, entry)
        return entry

    def _key_for(self, scope: Scope, name: str) -> _Key:
        own, whole, shared = _Key(scope.only(name)), _Key(scope), _Key(scope, named_only=True)
        if own in self._entries:
            return own
        if self._runs(whole):
            return whole
        count = sum(
            key.scope.field_selector is not None
            and key.scope._replace(field_selector=None) == scope
            for key in self._entries
        )
        return shared if count >= OWN_WATCHES and scope not in self._restricted else own

    def _runs(self, key: _Key) -> bool:
        entry = self._entries.get(key)
        return entry is not None and entry.informer.is_running

    def _acquire(self, key: _Key) -> _Entry:
        entry = self._entries.get(key)
        if entry is None:
            entry = _Entry(key, Informer(self._client, *key))
            self._entries[key] = entry
        entry.users += 1
        return entry

    def _release(self, entry: _Entry) -> None:
        with self._lock:
            entry.users -= 1
            entry.unused_since = time.monotonic()
            if not entry.users and not entry.informer.is_running:
                # The informer never started; the next caller tries again with a new one.
                self._entries.pop(entry.key, None)

    def _stop_idle(self, seconds: float) -> None:
        until = time.monotonic() - seconds
        with self._lock:
            idle = [
                key
                for key, entry in self._entries.items()
                if not entry.users and entry.unused_since <= until
            ]
            stopped = [self._entries.pop(key) for key in idle]
        for entry in stopped:
            entry.informer.stop()


@dataclass
class _Entry:
    key: _Key
    informer: Informer
    users: int = 0
    unused_since: float = field(default_factory=time.monotonic)
