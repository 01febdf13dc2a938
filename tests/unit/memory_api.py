"""An API server in memory, for examples: it stores objects, and serves Pods, ConfigMaps, Namespaces and Widgets."""

from __future__ import annotations

import itertools
import json
import re
import threading
from collections import Counter
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
    """Answers the requests of a `Kube`, in place of a connection.

    Attributes:
        kinds: the kinds that are served: by group and version, by plural.
        forbidden: the field selectors of lists and watches that are refused; None for those of all objects.
        requests: the number of lists, watches and others, by verb and selected name.
    """

    server = "https://memory"

    def __init__(self) -> None:
        self.kinds = {version: dict(kinds) for version, kinds in KINDS.items()}
        self.forbidden: set[str | None] = set()
        self.requests: Counter[tuple[str, str | None]] = Counter()
        self._objects: dict[str, Object] = {}
        self._versions = itertools.count(1)
        self._changed = threading.Condition()
        self._changes: list[tuple[str, str, Object]] = []

    def send(self, request: Request) -> Any:
        """Return the answer to a request."""
        group = request.path.removeprefix("/apis/").removeprefix("/api/")
        if group in self.kinds:
            return {"resources": [_resource(*each) for each in self.kinds[group].items()]}
        if request.path == "/apis":
            versions = [version for version in self.kinds if "/" in version]
            return {"groups": [{"preferredVersion": {"groupVersion": each}} for each in versions]}
        self._check_served(request)
        match request.method:
            case "GET" if request.path.endswith(f"/{_place(request.path)[1]}"):
                return self._list(request)
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
        self._check_served(request)
        self._check_allowed("watch", request)
        return MemoryLines(self, request)

    def close(self) -> None:
        """Do nothing: there are no connections."""

    def changes(
        self, after: int, path: str, selector: str | None, closed: threading.Event
    ) -> Iterator[bytes]:
        """Yield the changes after a resource version, until the stream is closed."""
        begin = len(self._changes)
        for number in itertools.count():
            with self._changed:
                self._changed.wait_for(lambda at=number: closed.is_set() or len(self._changes) > at)
                if closed.is_set():
                    return
                kind, changed, about = self._changes[number]
            if kind == "ERROR":
                # Streams that begin after it start behind it.
                is_meant = number >= begin
            else:
                is_later = int(about["metadata"]["resourceVersion"]) > after
                is_meant = _is_within(changed, path) and _selects(selector, about) and is_later
            if is_meant:
                yield json.dumps({"type": kind, "object": about}).encode()

    def expire(self) -> None:
        """End all watches with an error, as the API server does if it no longer has their version."""
        status = {"code": 410, "metadata": {"name": "", "resourceVersion": "0"}}
        with self._changed:
            self._changes.append(("ERROR", "", status))
            self._changed.notify_all()

    def wake(self) -> None:
        """Wake the streams, so that they notice that they are closed."""
        with self._changed:
            self._changed.notify_all()

    def _list(self, request: Request) -> Any:
        self._check_allowed("list", request)
        query = request.query or {}
        items = [
            each
            for path, each in self._objects.items()
            if _is_within(path, request.path)
            and _selects(query.get("fieldSelector"), each)
            and _has_labels(query.get("labelSelector"), each)
        ]
        return {"items": items, "metadata": {"resourceVersion": str(next(self._versions))}}

    def _check_served(self, request: Request) -> None:
        version, plural = _place(request.path)
        if plural not in self.kinds.get(version, {}):
            raise ApiRefused(request.attempted, 404, "Not Found", "404 page not found")

    def _check_allowed(self, verb: str, request: Request) -> None:
        selector = (request.query or {}).get("fieldSelector")
        self.requests[verb, selector and selector.removeprefix("metadata.name=")] += 1
        if selector in self.forbidden:
            raise ApiRefused(request.attempted, 403, "Forbidden", "not all of them")

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
        selector = (request.query or {})["fieldSelector"]
        self._lines = transport.changes(after, request.path, selector, self._closed)

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


def _has_labels(selector: str | None, each: Object) -> bool:
    """Return whether an object has the labels of a selector such as "colour,size=3,run!=r1"."""
    labels = each["metadata"].get("labels") or {}
    for term in (selector or "").split(",") if selector else ():
        name, operator, value = re.fullmatch(r"([^!=]+)(!?=|)(.*)", term).groups()  # type: ignore[union-attr]
        equal = labels.get(name) == value
        if not {"": name in labels, "=": equal, "!=": not equal}[operator]:
            return False
    return True


def _selects(selector: str | None, each: Object) -> bool:
    return selector in (None, f"metadata.name={each['metadata']['name']}")


def _merged(before: Object, patch: Object) -> Object:
    """Return an object with a JSON merge patch applied."""
    result = dict(before)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict):
            result[name] = _merged(result.get(name) or {}, value)
        else:
            result[name] = value
    return result


def _is_within(path: str, collection: str) -> bool:
    """Return whether the object at a path is in a collection, which may be the one across all namespaces."""
    if "/namespaces/" in collection:
        return path.startswith(collection)
    return _place(path) == _place(collection)


def _place(path: str) -> tuple[str, str]:
    """Return the group and version of a path, and the plural."""
    parts = path.split("/")[2:]
    depth = 1 if path.startswith("/api/") else 2
    version, rest = "/".join(parts[:depth]), parts[depth:] or [""]
    return version, rest[2] if rest[0] == "namespaces" and len(rest) > 2 else rest[0]
