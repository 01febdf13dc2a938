"""An informer: the objects of a kind, which one watch keeps up to date for all waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

from maidenhair.errors import ApiRefused, KubernetesError
from maidenhair.kube.objects import Object, Objects, format_name
from maidenhair.kube.transport import EventStream
from maidenhair.kube.watch.scope import ListerWatcher, Scope
from maidenhair.kube.watch.shared_list import SharedList, SharedLists
from maidenhair.kube.watch.store import NamedStore, Store
from maidenhair.waiting.sources import Listeners

FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 2.0
UNSERVED_PAUSE_SECONDS = 0.25
STALE_SECONDS = 5.0
STOP_SECONDS = 5.0
NOT_FOUND = 404
GONE = 410
# No object can have this name, so the list of its objects has only a version.
NO_NAME = "-"


class Informer:
    """Keep the objects of a scope up to date in a background thread.

    The informer resumes where a watch request ended, lists again if the server no longer has that version (410), and
    reconnects after a restart of the API server. While the kind is not served, it has no objects. Safe to share between
    threads.

    Args:
        client: lists and watches.
        scope: the objects to watch.
        named_only: keep only the objects whose names are in use; see `use`.
    """

    def __init__(self, client: ListerWatcher, scope: Scope, named_only: bool = False) -> None:
        self._client = client
        self._scope = scope
        self._listeners = Listeners()
        self._lock = threading.Lock()
        self._list_of_all, self._lists_by_name = SharedList(), SharedLists()
        self._store: Store = NamedStore() if named_only else Store()
        # The resource version of the watch's last event; "" to list again.
        self._version = ""
        self._starting = threading.Lock()
        self._stopped = threading.Event()
        # The stream that is being read, and the one that the first caller opened for the thread.
        self._stream: EventStream | None = None
        self._opened: EventStream | None = None
        self._failure: KubernetesError | None = None
        self._failed_at = 0.0
        name = f"watch {format_name(scope.kind, None, scope.namespace)}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def is_running(self) -> bool:
        """Return whether the watch's thread runs."""
        return self._thread.is_alive()

    def refresh(self) -> None:
        """List the objects, so that `read` returns a state no older than this call. The first call starts the watch.

        Concurrent calls share one list. A kind that is not served has no objects if it was served before, or is
        expected.

        Raises:
            ApiRefused: the kind is neither served nor expected, or the account may not list it.
            ApiUnreachable: the server did not answer.
        """
        with self._without_kind():
            self._list_of_all.run_fresh(self._list)
        self._start()

    @contextmanager
    def use(self, name: str) -> Iterator[None]:
        """Keep the objects of a name up to date while the context is entered, from a list of this name on.

        Raises like `refresh`.
        """
        store = self._store
        with ExitStack() as used:
            if isinstance(store, NamedStore):
                with self._lock:
                    store.use(name)
                used.callback(self._release, store, name)
                self._start()
            if self._thread.ident is None:
                self.refresh()
            else:
                # After the start, so that the list contains everything from before the watch.
                with self._without_kind():
                    self._lists_by_name.run_fresh(name, lambda: self._list_named(name))
            yield

    def stop(self) -> None:
        """Stop watching."""
        self._stopped.set()
        with self._lock:
            stream = self._stream
        if stream is not None:
            stream.close()
        if self._thread.ident is not None:
            self._thread.join(STOP_SECONDS)

    def read(self) -> Objects:
        """Return the current objects, sorted by namespace and name. Treat them as read-only.

        Raises:
            KubernetesError: the watch has been broken for over 5 s, so the objects may be stale.
        """
        with self._lock:
            self._check_fresh()
            return self._store.read()

    def get(self, name: str, namespace: str | None = None) -> Object | None:
        """Return the current object of a name, or None; see `Store.get`. Raises like `read`."""
        with self._lock:
            self._check_fresh()
            return self._store.get(name, namespace)

    def on_change(
        self, wake: Callable[[], None], name: str | None = None
    ) -> AbstractContextManager[None]:
        """Call `wake` after every change, or every change of the objects of a name, while the context is entered."""
        return self._listeners.on_change(wake, name)

    @contextmanager
    def _without_kind(self) -> Iterator[None]:
        """Do without the objects of a kind that is not served, if it was served before or is expected."""
        try:
            yield
        except ApiRefused as refused:
            if refused.status != NOT_FOUND:
                raise
            self._client.check_kind_known(*self._scope[:2])
            self._lose_kind()

    def _start(self) -> None:
        with self._starting:
            if self._thread.ident is not None:
                return
            if isinstance(self._store, NamedStore):
                # Here, so that the caller learns whether the account may watch the whole kind.
                with self._without_kind():
                    self._list()
                    self._opened = self._client.watch(*self._scope, self._version)
            self._thread.start()

    def _release(self, store: NamedStore, name: str) -> None:
        with self._lock:
            store.release(name)

    def _check_fresh(self) -> None:
        if self._failure is not None and time.monotonic() - self._failed_at > STALE_SECONDS:
            raise self._failure

    def _run(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._stopped.is_set():
            longest = LONGEST_PAUSE_SECONDS
            try:
                received = self._watch_once()
            except KubernetesError as error:
                received = False
                if isinstance(error, ApiRefused) and error.status == NOT_FOUND:
                    self._lose_kind()
                    longest = UNSERVED_PAUSE_SECONDS
                else:
                    self._record_failure(error)
            if received:
                pause = FIRST_PAUSE_SECONDS
                continue
            self._stopped.wait(min(pause, longest))
            pause = min(2 * pause, longest)

    def _watch_once(self) -> bool:
        """Process one watch request to its end. Return whether it delivered events."""
        if not self._version:
            self._list_of_all.run_fresh(self._list)
        stream = self._open()
        received = False
        try:
            for event_type, changed in stream:
                if event_type == "ERROR":
                    # Usually 410, too old. Whatever the error, changes may have been missed.
                    self._reset_version()
                    return received
                received = True
                self._apply_event(event_type, changed)
        finally:
            stream.close()
        return received

    def _open(self) -> EventStream:
        opened, self._opened = self._opened, None
        try:
            stream = opened or self._client.watch(*self._scope, self._version)
        except ApiRefused as refused:
            if refused.status == GONE:
                self._reset_version()
            raise
        with self._lock:
            self._stream = stream
            failure, self._failure = self._failure, None
        if failure is not None:
            # Waits may have seen the failure last.
            self._listeners.notify()
        if self._stopped.is_set():
            # `stop` ran while the stream was being opened, and could not close it.
            stream.close()
        return stream

    def _reset_version(self) -> None:
        with self._lock:
            self._version = ""
            self._store.restart()

    def _list(self) -> None:
        if isinstance(self._store, NamedStore):
            self._list_names(self._store)
            return
        found, version = self._client.list_with_version(*self._scope)
        with self._lock:
            self._version = self._version or version
            changed = self._store.put_all(found, _number(version))
        self._listeners.notify(changed)

    def _list_names(self, store: NamedStore) -> None:
        # The version of the watch comes first: a name that is added meanwhile is listed at a later one.
        _, version = self._client.list_with_version(*self._scope.only(NO_NAME))
        with self._lock:
            names = store.names
        for name in names:
            self._list_named(name)
        with self._lock:
            self._version = version

    def _list_named(self, name: str) -> None:
        found, version = self._client.list_with_version(*self._scope.only(name))
        with self._lock:
            changed = self._store.put_named(name, found, _number(version))
        if changed:
            self._listeners.notify([name])

    def _apply_event(self, event_type: str, changed: Object) -> None:
        with self._lock:
            self._version = changed["metadata"]["resourceVersion"]
            name = self._store.put_event(event_type, changed)
        if name is not None:
            self._listeners.notify([name])

    def _lose_kind(self) -> None:
        """Remove all objects, because their kind is not served."""
        with self._lock:
            self._version = ""
            self._failure = None
            gone = self._store.clear()
        if gone:
            self._listeners.notify(gone)

    def _record_failure(self, error: KubernetesError) -> None:
        with self._lock:
            if self._failure is None:
                self._failed_at = time.monotonic()
            self._failure = error
        # Waits read again, and get the error once it has lasted for STALE_SECONDS.
        self._listeners.notify()


def _number(version: str) -> int:
    # Lists of some aggregated API servers have no version; those servers cannot be watched either, and say so.
    return int(version or 1)
