"""One list and one watch of a kind, which all waits for it share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from maidenhair.errors import ApiRefused, KubernetesError
from maidenhair.kube.objects import Object, Objects, describe
from maidenhair.kube.transport import EventStream
from maidenhair.waiting.sources import Listeners

FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 2.0
STALE_SECONDS = 5.0
STOP_SECONDS = 5.0
GONE = 410


class Scope(NamedTuple):
    """What an informer follows: a kind in a namespace (None: all), or what selectors of the server pick of it."""

    api_version: str
    kind: str
    namespace: str | None = None
    label_selector: str | None = None
    field_selector: str | None = None


class ListerWatcher(Protocol):
    """What an informer needs of a client."""

    def list_with_version(
        self,
        api_version: str,
        kind: str,
        namespace: str | None = None,
        label_selector: str | None = None,
        field_selector: str | None = None,
    ) -> tuple[Objects, str]:
        """Return objects, and the resource version from which a watch goes on."""

    def watch(
        self,
        api_version: str,
        kind: str,
        namespace: str | None = None,
        label_selector: str | None = None,
        field_selector: str | None = None,
        resource_version: str | None = None,
    ) -> EventStream:
        """Return the events after a resource version."""


class Informer:
    """Knows the objects of a scope, and follows their changes in a thread.

    It resumes where a watch request ended, lists anew when the server has forgotten that point (410), and
    reconnects through a restart of the API server. Safe to share between threads.

    Resource versions are compared as numbers, as Kubernetes has guaranteed since 1.35 and etcd since ever.

    Args:
        client: lists and watches.
        scope: what it follows.
    """

    def __init__(self, client: ListerWatcher, scope: Scope) -> None:
        self._client = client
        self._scope = scope
        self._listeners = Listeners()
        self._lock = threading.Lock()
        self._lists = _Lists()
        self._objects: dict[tuple[str, str], Object] = {}
        # Where the watch is, what of it a list has overtaken, and how new what is known is.
        self._version, self._overtaken, self._newest = "", 0, 0
        self._stopped = threading.Event()
        self._stream: EventStream | None = None
        self._trouble: KubernetesError | None = None
        self._troubled_at = 0.0
        name = f"watch {describe(scope.kind, None, scope.namespace)}"
        self._thread = threading.Thread(target=self._follow, name=name, daemon=True)

    @property
    def is_following(self) -> bool:
        """Return whether its thread runs."""
        return self._thread.is_alive()

    def refresh(self) -> None:
        """See to it that what is known is no older than this call; the first one begins to watch.

        Calls at about the same time share one list.

        Raises:
            ApiRefused: the kind is not served, or may not be listed.
            ApiUnreachable: nothing answers.
        """
        self._lists.one_from_now_on(self._list)
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
            self._lists.one_from_now_on(self._list)
        stream = self._open()
        heard = False
        try:
            for event_type, changed in stream:
                if event_type == "ERROR":
                    # Mostly 410, too old: whatever it is, what we know may have holes now.
                    self._forget()
                    return heard
                heard = True
                self._take(event_type, changed)
        finally:
            stream.close()
        return heard

    def _open(self) -> EventStream:
        try:
            stream = self._client.watch(*self._scope, self._version)
        except ApiRefused as refused:
            if refused.status == GONE:
                self._forget()
            raise
        with self._lock:
            self._stream = stream
            self._trouble = None
        if self._stopped.is_set():
            # Stopped while it was being opened: nobody else would close it.
            stream.close()
        return stream

    def _forget(self) -> None:
        with self._lock:
            self._version, self._newest = "", 0

    def _list(self) -> None:
        found, version = self._client.list_with_version(*self._scope)
        with self._lock:
            if not self._version:
                self._version = version
            if int(version) <= self._newest:
                # The watch has told of later changes meanwhile.
                return
            self._objects = {_key(each): each for each in found}
            self._overtaken = self._newest = int(version)
        self._listeners.notify()

    def _take(self, event_type: str, changed: Object) -> None:
        version = changed["metadata"]["resourceVersion"]
        with self._lock:
            self._version = version
            if int(version) <= self._overtaken:
                return
            self._newest = max(self._newest, int(version))
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


class _Lists:
    """Lets calls at about the same time share one list, which begins after each of them."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._begun = 0
        self._done = 0
        self._running = False

    def one_from_now_on(self, do_list: Callable[[], None]) -> None:
        """Return once a list that began after this call is done: another's, or one of its own."""
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
