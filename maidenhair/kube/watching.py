"""Objects that are kept up to date by a watch: sources for `maidenhair.waiting`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

from maidenhair.errors import ApiRefused, KubernetesError
from maidenhair.kube.client import EventStream, Kube
from maidenhair.kube.manifests import Object, Objects, describe
from maidenhair.waiting.sources import Listeners

FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 2.0
STALE_SECONDS = 5.0
STOP_SECONDS = 5.0
GONE = 410


class WatchedObjects:
    """The objects of one kind in one namespace (or all), or those that selectors pick.

    A context manager and a `Source[Objects]`: entering it lists the objects, and a thread follows
    their changes from there; it resumes where a request ended, lists anew when the server has
    forgotten that point (410), and reconnects through a restart of the API server.

    Args:
        kube: the API.
        api_version: such as "v1".
        kind: such as "Pod".
        namespace: the namespace; all of them by default.
        label_selector: such as "app=web".
        field_selector: such as "metadata.name=web".
    """

    def __init__(
        self,
        kube: Kube,
        api_version: str,
        kind: str,
        namespace: str | None = None,
        label_selector: str | None = None,
        field_selector: str | None = None,
    ) -> None:
        self._kube = kube
        self._what = (api_version, kind, namespace, label_selector, field_selector)
        self._listeners = Listeners()
        self._lock = threading.Lock()
        self._objects: dict[tuple[str, str], Object] = {}
        self._version = ""
        self._stopped = threading.Event()
        self._stream: EventStream | None = None
        self._trouble: KubernetesError | None = None
        self._troubled_at = 0.0
        name = f"watch {describe(kind, None, namespace)}"
        self._thread = threading.Thread(target=self._follow, name=name, daemon=True)

    def __enter__(self) -> Self:
        """List the objects and begin to watch.

        Raises:
            ApiRefused: the kind is not served, or may not be listed.
            ApiUnreachable: nothing answers.
        """
        self._list()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop watching."""
        self._stopped.set()
        with self._lock:
            stream = self._stream
        if stream is not None:
            stream.close()
        self._thread.join(STOP_SECONDS)

    def read(self) -> Objects:
        """Return the objects as last heard of, by namespace and name; treat them as read-only.

        Raises:
            KubernetesError: the watch has been broken for seconds, so what is known may be stale.
        """
        with self._lock:
            if self._trouble is not None and time.monotonic() - self._troubled_at > STALE_SECONDS:
                raise self._trouble
            return [self._objects[key] for key in sorted(self._objects)]

    def on_change(self, wake: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `wake` after every change while the context is entered."""
        return self._listeners.on_change(wake)

    def _follow(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._stopped.is_set():
            try:
                heard = self._watch_once()
            except KubernetesError as error:
                self._be_troubled(error)
                heard = False
            if heard:
                pause = FIRST_PAUSE_SECONDS
                continue
            self._stopped.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _watch_once(self) -> bool:
        """Follow one watch request to its end; return whether it brought anything."""
        if not self._version:
            self._list()
        stream = self._open()
        heard = False
        try:
            for event_type, changed in stream:
                if event_type == "ERROR":
                    # Mostly 410, too old: whatever it is, what we know may have holes now.
                    self._version = ""
                    return heard
                heard = True
                self._take(event_type, changed)
        finally:
            stream.close()
        return heard

    def _open(self) -> EventStream:
        api_version, kind, namespace, labels, fields = self._what
        try:
            stream = self._kube.watch(api_version, kind, namespace, labels, fields, self._version)
        except ApiRefused as refused:
            if refused.status == GONE:
                self._version = ""
            raise
        with self._lock:
            self._stream = stream
            self._trouble = None
        if self._stopped.is_set():
            # Stopped while it was being opened: nobody else would close it.
            stream.close()
        return stream

    def _list(self) -> None:
        found, version = self._kube.list_with_version(*self._what)
        with self._lock:
            self._objects = {_key(each): each for each in found}
            self._version = version
        self._listeners.notify()

    def _take(self, event_type: str, changed: Object) -> None:
        with self._lock:
            self._version = changed["metadata"]["resourceVersion"]
            if event_type == "BOOKMARK":
                return
            if event_type == "DELETED":
                self._objects.pop(_key(changed), None)
            else:
                self._objects[_key(changed)] = changed
        self._listeners.notify()

    def _be_troubled(self, error: KubernetesError) -> None:
        with self._lock:
            if self._trouble is None:
                self._troubled_at = time.monotonic()
            self._trouble = error
        # Whoever waits looks again, and learns of it once it has lasted.
        self._listeners.notify()


class WatchedObject:
    """One object that is kept up to date: a context manager and a `Source[Object | None]`.

    Args:
        kube: the API.
        api_version: such as "apps/v1".
        kind: such as "Deployment".
        name: the object's name; it need not exist (yet).
        namespace: its namespace, None for kinds that have none.
    """

    def __init__(
        self, kube: Kube, api_version: str, kind: str, name: str, namespace: str | None = None
    ) -> None:
        self._watched = WatchedObjects(
            kube, api_version, kind, namespace, field_selector=f"metadata.name={name}"
        )

    def __enter__(self) -> Self:
        """Get the object and begin to watch it; raises like `WatchedObjects`."""
        self._watched.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop watching."""
        self._watched.__exit__(kind, error, traceback)

    def read(self) -> Object | None:
        """Return the object as last heard of, or None where there is none; raises likewise."""
        return next(iter(self._watched.read()), None)

    def on_change(self, wake: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `wake` after every change while the context is entered."""
        return self._watched.on_change(wake)


def _key(watched: Object) -> tuple[str, str]:
    metadata = watched["metadata"]
    return metadata.get("namespace", ""), metadata["name"]
