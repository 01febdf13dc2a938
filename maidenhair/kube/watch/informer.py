"""An informer: one list and one watch of a kind, shared by all waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from maidenhair.errors import ApiRefused, KubernetesError
from maidenhair.kube.objects import Object, Objects, format_name
from maidenhair.kube.transport import EventStream
from maidenhair.waiting.sources import Listeners

FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 2.0
STALE_SECONDS = 5.0
STOP_SECONDS = 5.0
GONE = 410


class Scope(NamedTuple):
    """The objects that an informer watches.

    Attributes:
        api_version: the group and version, for example "apps/v1".
        kind: the kind, for example "Deployment".
        namespace: the namespace; None for all namespaces.
        label_selector: a label selector, evaluated by the server.
        field_selector: a field selector, evaluated by the server.
    """

    api_version: str
    kind: str
    namespace: str | None = None
    label_selector: str | None = None
    field_selector: str | None = None


class ListerWatcher(Protocol):
    """The part of a client that an informer uses."""

    def list_with_version(
        self,
        api_version: str,
        kind: str,
        namespace: str | None = None,
        label_selector: str | None = None,
        field_selector: str | None = None,
    ) -> tuple[Objects, str]:
        """Return objects, and the resource version from which a watch can continue."""

    def watch(
        self,
        api_version: str,
        kind: str,
        namespace: str | None = None,
        label_selector: str | None = None,
        field_selector: str | None = None,
        resource_version: str | None = None,
    ) -> EventStream:
        """Stream the events after a resource version."""


class Informer:
    """Keep the objects of a scope up to date in a background thread.

    The informer resumes where a watch request ended, lists again if the server no longer has that version (410), and
    reconnects after a restart of the API server. Safe to share between threads.

    Resource versions are compared as numbers. Kubernetes guarantees this since 1.35; etcd has always provided it.

    Args:
        client: lists and watches.
        scope: the objects to watch.
    """

    def __init__(self, client: ListerWatcher, scope: Scope) -> None:
        self._client = client
        self._scope = scope
        self._listeners = Listeners()
        self._lock = threading.Lock()
        self._shared_list = _SharedList()
        self._objects: dict[tuple[str, str], Object] = {}
        # Resource versions: of the watch's last event, of the last list, and of the newest change in `_objects`.
        self._version, self._listed, self._newest = "", 0, 0
        self._stopped = threading.Event()
        self._stream: EventStream | None = None
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

        Concurrent calls share one list.

        Raises:
            ApiRefused: the kind is not served, or the account may not list it.
            ApiUnreachable: the server did not answer.
        """
        self._shared_list.run_fresh(self._list)
        with self._lock:
            if self._thread.ident is None:
                self._thread.start()

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
            if self._failure is not None and time.monotonic() - self._failed_at > STALE_SECONDS:
                raise self._failure
            return [self._objects[key] for key in sorted(self._objects)]

    def on_change(self, wake: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `wake` after every change while the context is entered."""
        return self._listeners.on_change(wake)

    def _run(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._stopped.is_set():
            try:
                received = self._watch_once()
            except KubernetesError as error:
                self._record_failure(error)
                received = False
            if received:
                pause = FIRST_PAUSE_SECONDS
                continue
            self._stopped.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _watch_once(self) -> bool:
        """Process one watch request to its end. Return whether it delivered events."""
        if not self._version:
            self._shared_list.run_fresh(self._list)
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
        try:
            stream = self._client.watch(*self._scope, self._version)
        except ApiRefused as refused:
            if refused.status == GONE:
                self._reset_version()
            raise
        with self._lock:
            self._stream = stream
            self._failure = None
        if self._stopped.is_set():
            # `stop` ran while the stream was being opened, and could not close it.
            stream.close()
        return stream

    def _reset_version(self) -> None:
        with self._lock:
            self._version, self._newest = "", 0

    def _list(self) -> None:
        found, version = self._client.list_with_version(*self._scope)
        with self._lock:
            if not self._version:
                self._version = version
            if int(version) <= self._newest:
                # The watch has already delivered later changes.
                return
            self._objects = {_key(each): each for each in found}
            self._listed = self._newest = int(version)
        self._listeners.notify()

    def _apply_event(self, event_type: str, changed: Object) -> None:
        version = changed["metadata"]["resourceVersion"]
        with self._lock:
            self._version = version
            if int(version) <= self._listed:
                return
            self._newest = max(self._newest, int(version))
            if event_type == "BOOKMARK":
                return
            if event_type == "DELETED":
                self._objects.pop(_key(changed), None)
            else:
                self._objects[_key(changed)] = changed
        self._listeners.notify()

    def _record_failure(self, error: KubernetesError) -> None:
        with self._lock:
            if self._failure is None:
                self._failed_at = time.monotonic()
            self._failure = error
        # Waits read again, and get the error once it has lasted for STALE_SECONDS.
        self._listeners.notify()


class _SharedList:
    """Let concurrent callers share one list that starts after all of their calls."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._begun = 0
        self._done = 0
        self._running = False

    def run_fresh(self, do_list: Callable[[], None]) -> None:
        """Return once a list that started after this call is done. Run `do_list` unless another caller does."""
        with self._changed:
            before = self._begun
            while self._running and self._done <= before:
                self._changed.wait()
            if self._done > before:
                return
            self._running = True
            self._begun += 1
            number = self._begun
        try:
            do_list()
        except BaseException:
            number = 0
            raise
        finally:
            with self._changed:
                self._running = False
                self._done = max(self._done, number)
                self._changed.notify_all()


def _key(watched: Object) -> tuple[str, str]:
    metadata = watched["metadata"]
    return metadata.get("namespace", ""), metadata["name"]
