"""The part of a client that reads: objects, lists, changes and logs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from maidenhair.errors import ApiRefused
from maidenhair.kube.api_resources import Discovery, Resource
from maidenhair.kube.kubectl import TABLE, parse_table
from maidenhair.kube.moved_kinds import KindMoved, following_kinds
from maidenhair.kube.objects import Object, Objects, format_name
from maidenhair.kube.transport import EventStream, Request, Transport
from maidenhair.waiting.looks import note_look

WATCH_SECONDS = 240
WATCH_SILENCE_SECONDS = 270.0


class Reader:
    """The part of `Kube` that reads. Its methods raise as those of `Kube`.

    Args:
        transport: the connection to the API server.
        namespace: the default namespace of namespaced objects.

    Attributes: see `Kube`.
    """

    def __init__(self, transport: Transport, namespace: str) -> None:
        self.namespace = namespace
        self.discovery = Discovery(transport)
        self.observe: Callable[[Object], object] | None = None
        self._transport = transport

    @following_kinds
    def get(
        self, api_version: str, kind: str, name: str, namespace: str | None = None
    ) -> Object | None:
        """Return an object, or None if it does not exist."""
        resource = self.discovery.resource(api_version, kind)
        namespace = self._namespace(resource, namespace)
        attempted = f"get {format_name(kind, name, namespace)}"
        try:
            return self._object(Request(attempted, "GET", resource.path(namespace, name)))
        except ApiRefused as refused:
            if refused.status == 404:
                return None
            raise

    def list(
        self,
        api_version: str,
        kind: str,
        namespace: str | None = None,
        label_selector: str | None = None,
        field_selector: str | None = None,
    ) -> Objects:
        """Return the objects of a kind in a namespace; without a namespace, in all namespaces."""
        found, _ = self.list_with_version(
            api_version, kind, namespace, label_selector, field_selector
        )
        return found

    @following_kinds
    def list_with_version(
        self,
        api_version: str,
        kind: str,
        namespace: str | None = None,
        label_selector: str | None = None,
        field_selector: str | None = None,
    ) -> tuple[Objects, str]:
        """Return the objects like `list`, and the resource version from which a watch can continue."""
        resource = self.discovery.resource(api_version, kind)
        query = {"labelSelector": label_selector, "fieldSelector": field_selector}
        attempted = f"list {format_name(kind, None, namespace)}"
        answer = self._object(Request(attempted, "GET", resource.path(namespace), query))
        # The API server omits apiVersion and kind of list items.
        common = {"apiVersion": resource.api_version, "kind": kind}
        items = [{**common, **each} for each in answer["items"] or []]
        # Lists of some aggregated API servers, for example of PodMetrics, have no resource version.
        return items, (answer.get("metadata") or {}).get("resourceVersion") or ""

    @following_kinds
    def table(self, api_version: str, kind: str, namespace: str | None = None) -> Objects:
        """Return the rows that `kubectl get` prints for a kind: one dict a row, cells by column title."""
        resource = self.discovery.resource(api_version, kind)
        attempted = f"list {format_name(kind, None, namespace)} as a table"
        request = Request(attempted, "GET", resource.path(namespace), accept=TABLE)
        return parse_table(self._object(request))

    @following_kinds
    def watch(
        self,
        api_version: str,
        kind: str,
        namespace: str | None = None,
        label_selector: str | None = None,
        field_selector: str | None = None,
        resource_version: str | None = None,
    ) -> EventStream:
        """Stream the events after a resource version until the server ends the request, after about 4 minutes.

        Prefer `WatchedObjects`, which lists, resumes and reconnects.
        """
        resource = self.discovery.resource(api_version, kind)
        query = {
            "watch": True,
            "allowWatchBookmarks": True,
            "timeoutSeconds": WATCH_SECONDS,
            "labelSelector": label_selector,
            "fieldSelector": field_selector,
            "resourceVersion": resource_version,
        }
        attempted = f"watch {format_name(kind, None, namespace)}"
        path = resource.path(namespace)
        request = Request(attempted, "GET", path, query, read_seconds=WATCH_SILENCE_SECONDS)
        with self._noticing_moves(path):
            return EventStream(self._transport.stream(request), self.observe)

    def pod_logs(
        self,
        namespace: str,
        pod: str,
        container: str | None = None,
        previous: bool = False,
        tail_lines: int | None = None,
        limit_bytes: int | None = None,
    ) -> str:
        """Return the log of a container.

        Args:
            namespace: the pod's namespace.
            pod: the pod's name.
            container: the container; may be None if the pod has one container.
            previous: return the log of the previous instance, from before the last restart.
            tail_lines: limit the log to its last lines.
            limit_bytes: limit the log to its first bytes.
        """
        resource = self.discovery.resource("v1", "Pod")
        limits = {"tailLines": tail_lines, "limitBytes": limit_bytes}
        query = {"container": container, "previous": previous or None, **limits}
        attempted = f"read the logs of {format_name('Pod', pod, namespace)}"
        request = Request(attempted, "GET", resource.path(namespace, pod) + "/log", query)
        note_look(attempted)
        return self._transport.send_for_bytes(request).decode("utf-8", errors="replace")

    def _object(self, request: Request) -> Object:
        note_look(request.attempted)
        with self._noticing_moves(request.path):
            answer: Object = self._transport.send(request)
        if self.observe is not None:
            if request.body is not None:
                self.observe(request.body)
            self.observe(answer)
        return answer

    @contextmanager
    def _noticing_moves(self, path: str) -> Iterator[None]:
        try:
            yield
        except ApiRefused as refused:
            # The API server answers with a Status, whose reason is "NotFound", if only the object does not exist.
            unknown_path = refused.status == 404 and refused.reason != "NotFound"
            if unknown_path and self.discovery.has_moved(path):
                raise KindMoved(refused) from refused
            raise

    def _namespace(self, resource: Resource, namespace: str | None) -> str | None:
        return (namespace or self.namespace) if resource.namespaced else None
