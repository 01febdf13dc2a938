"""An API server in memory, for examples: it stores objects, and serves Pods, ConfigMaps, Namespaces and Widgets."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator
from typing import Any

from maidenhair.errors import ApiRefused
from maidenhair.kube import Object
from maidenhair.kube.transport import Request

KINDS = {
    "v1": {"configmaps": "ConfigMap", "events": "Event", "namespaces": "Namespace", "pods": "Pod"},
    "example.com/v1": {"widgets": "Widget"},
}
VERBS = ["create", "delete", "get", "list", "patch", "watch"]


class MemoryTransport:
    """Answers the requests of a `Kube`, in place of a connection."""

    server = "https://memory"

    def __init__(self) -> None:
        self._objects: dict[str, Object] = {}
        self._versions = itertools.count(1)
        self._changed = threading.Condition()
        self._changes: list[tuple[str, str, Object]] = []

    def send(self, request: Request) -> Any:
        """Return the answer to a request."""
        group = request.path.removeprefix("/apis/").removeprefix("/api/")
        if group in KINDS:
            return {"resources": [_resource(*each) for each in KINDS[group].items()]}
        match request.method:
            case "GET" if request.path == "/apis":
                versions = [version for version in KINDS if "/" in version]
                return {
                    "groups": [{"preferredVersion": {"groupVersion": each}} for each in versions]
                }
            case "GET" if request.path.rpartition("/")[2] in _plurals():
                items = [
                    each for path, each in self._objects.items() if path.startswith(request.path)
                ]
                return {"items": items, "metadata": {"resourceVersion": str(next(self._versions))}}
            case "GET":
                return self._found(request)
            case "POST":
                path = f"{request.path}/{request.body['metadata']['name']}"
                return self._keep("ADDED", path, request.body)
            case "PATCH":
                before = self._objects.get(request.path, {})
                kind = "MODIFIED" if before else "ADDED"
                return self._keep(kind, request.path, _merged(before, request.body))
            case "DELETE":
                return self._keep("DELETED", request.path, self._found(request))
        raise AssertionError(request)

    def send_for_bytes(self, request: Request) -> bytes:
        """Return the log of a container."""
        return b"ready\n"

    def stream(self, request: Request) -> MemoryLines:
        """Return the changes after a resource version."""
        return MemoryLines(self, request)

    def close(self) -> None:
        """Do nothing: there are no connections."""

    def changes(self, after: int, path: str, closed: threading.Event) -> Iterator[bytes]:
        """Yield the changes after a resource version, until the stream is closed."""
        for number in itertools.count():
            with self._changed:
                self._changed.wait_for(lambda at=number: closed.is_set() or len(self._changes) > at)
                if closed.is_set():
                    return
                kind, changed, about = self._changes[number]
            if changed.startswith(path) and int(about["metadata"]["resourceVersion"]) > after:
                yield json.dumps({"type": kind, "object": about}).encode()

    def wake(self) -> None:
        """Wake the streams, so that they notice that they are closed."""
        with self._changed:
            self._changed.notify_all()

    def _found(self, request: Request) -> Object:
        found = self._objects.get(request.path)
        if found is None:
            raise ApiRefused(request.attempted, 404, "NotFound", "there is none of that name")
        return found

    def _keep(self, kind: str, path: str, body: Object) -> Object:
        version = str(next(self._versions))
        stored = {
            **body,
            "metadata": {"uid": version, **body["metadata"], "resourceVersion": version},
        }
        if "/namespaces/" in path:
            stored["metadata"]["namespace"] = path.split("/namespaces/")[1].split("/")[0]
        if kind == "DELETED":
            self._objects.pop(path)
        else:
            self._objects[path] = stored
        with self._changed:
            self._changes.append((kind, path, stored))
            self._changed.notify_all()
        return stored


class MemoryLines:
    """The lines of a watch, which `close` ends."""

    def __init__(self, transport: MemoryTransport, request: Request) -> None:
        self._transport = transport
        self._closed = threading.Event()
        after = int((request.query or {})["resourceVersion"])
        self._lines = transport.changes(after, request.path, self._closed)

    def __iter__(self) -> Iterator[bytes]:
        return self._lines

    def close(self) -> None:
        """End the iteration."""
        self._closed.set()
        self._transport.wake()


def _merged(before: Object, changes: Object) -> Object:
    """Return an object with changes merged into it. A value of None removes a field."""
    merged = {key: each for key, each in before.items() if changes.get(key, each) is not None}
    for key, each in changes.items():
        if isinstance(each, dict):
            merged[key] = _merged(merged.get(key) or {}, each)
        elif each is not None:
            merged[key] = each
    return merged


def _resource(plural: str, kind: str) -> Object:
    namespaced = kind != "Namespace"
    return {"name": plural, "kind": kind, "namespaced": namespaced, "verbs": VERBS}


def _plurals() -> set[str]:
    return {plural for kinds in KINDS.values() for plural in kinds}
