"""The Kubernetes API in plain dicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from maidenhair.errors import ApiRefused
from maidenhair.kube import apply as bundle
from maidenhair.kube.api_resources import Discovery, Resource
from maidenhair.kube.diagnosis.knowledge import NOTHING, Knowledge
from maidenhair.kube.kubectl import TABLE, rows_of
from maidenhair.kube.objects import Object, Objects, delete_options, describe, described
from maidenhair.kube.transport import EventStream, Request, Transport
from maidenhair.kube.watch.informers import Informers

FIELD_MANAGER = "maidenhair"
APPLY_PATCH = "application/apply-patch+yaml"
MERGE_PATCH = "application/merge-patch+json"
WATCH_SECONDS = 240
WATCH_SILENCE_SECONDS = 270.0


class Kube:
    """One thin layer on the Kubernetes API: objects are dicts, as in YAML; names follow kubectl.

    Safe to share between threads. Every method raises `ApiRefused` when the API server answers with
    an error, with its own message, and `ApiUnreachable` when nothing answers.

    Attributes:
        namespace: where namespaced objects go that name none; the kubeconfig context's.
        discovery: which kinds the server has.
        informers: what is watched through this client.
        knowledge: what systems under test add when failures are explained.

    Example:
        >>> widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "blue"}}
        >>> made = kube.apply({**widget, "spec": {"size": 3}})
        >>> kube.get("example.com/v1", "Widget", "blue")["spec"]
        {'size': 3}
        >>> kube.delete("example.com/v1", "Widget", "blue")
        >>> kube.list("example.com/v1", "Widget")
        []
    """

    def __init__(
        self,
        transport: Transport,
        namespace: str = "default",
        kubectl: Path | None = None,
        knowledge: Knowledge = NOTHING,
    ) -> None:
        self.namespace = namespace
        self.knowledge = knowledge
        self.discovery = Discovery(transport)
        self.informers = Informers(self)
        self._transport = transport
        self._kubectl = kubectl

    @classmethod
    def from_kubeconfig(
        cls,
        kubeconfig: Path,
        context: str | None = None,
        kubectl: Path | None = None,
        knowledge: Knowledge = NOTHING,
    ) -> Kube:
        """Return a client for a kubeconfig's context (its current one by default).

        Args:
            kubeconfig: the kubeconfig.
            context: the context to use.
            kubectl: the kubectl that `kustomize` runs; the one on PATH by default.
            knowledge: what systems under test add when failures are explained.

        Raises:
            ConfigurationError: the file or the context is missing or malformed.
        """
        transport, namespace = Transport.from_kubeconfig(kubeconfig, context)
        return cls(transport, namespace, kubectl, knowledge)

    def apply(self, manifest: Mapping[str, Any]) -> Object:
        """Server-side apply a manifest, by force where others manage fields; return the object."""
        resource, namespace, name = self._address(manifest)
        body = {**manifest, "metadata": {**manifest.get("metadata", {})}}
        body["metadata"].pop("managedFields", None)
        return self._object(
            Request(
                f"apply {describe(resource.kind, name, namespace)}",
                "PATCH",
                resource.path(namespace, name),
                {"fieldManager": FIELD_MANAGER, "force": True},
                body,
                APPLY_PATCH,
            )
        )

    def apply_all(self, manifests: Iterable[Mapping[str, Any]]) -> Objects:
        """Apply manifests so that what others need comes first; wait for CRDs before the rest.

        Raises:
            WaitTimedOut: a CustomResourceDefinition was not established.
        """
        return bundle.apply_all(self, manifests)

    def create(
        self,
        manifest: Mapping[str, Any],
        validation: str | None = None,
        on_warning: Callable[[str], None] | None = None,
    ) -> Object:
        """Create an object that must not exist yet; `metadata.generateName` works too.

        Args:
            manifest: the object.
            validation: what becomes of fields that there are not: "Strict" refuses them, "Warn" (the API's own choice)
                and "Ignore" leave them out.
            on_warning: called with each warning of the API server's.
        """
        resource = self.discovery.resource(manifest["apiVersion"], manifest["kind"])
        namespace = self._namespace(resource, manifest.get("metadata", {}).get("namespace"))
        query = {"fieldManager": FIELD_MANAGER, "fieldValidation": validation}
        path = resource.path(namespace)
        attempted = f"create {described(manifest)}"
        request = Request(attempted, "POST", path, query, dict(manifest), on_warning=on_warning)
        return self._object(request)

    def get(
        self, api_version: str, kind: str, name: str, namespace: str | None = None
    ) -> Object | None:
        """Return an object, or None where there is none of that name."""
        resource = self.discovery.resource(api_version, kind)
        namespace = self._namespace(resource, namespace)
        attempted = f"get {describe(kind, name, namespace)}"
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
        """Return the objects of a kind in a namespace, or in all of them."""
        found, _ = self.list_with_version(
            api_version, kind, namespace, label_selector, field_selector
        )
        return found

    def list_with_version(
        self,
        api_version: str,
        kind: str,
        namespace: str | None = None,
        label_selector: str | None = None,
        field_selector: str | None = None,
    ) -> tuple[Objects, str]:
        """Return what `list` does, and the resource version from which a watch goes on."""
        resource = self.discovery.resource(api_version, kind)
        query = {"labelSelector": label_selector, "fieldSelector": field_selector}
        attempted = f"list {describe(kind, None, namespace)}"
        answer = self._object(Request(attempted, "GET", resource.path(namespace), query))
        # Items of a list come without their own apiVersion and kind.
        common = {"apiVersion": api_version, "kind": kind}
        items = [{**common, **each} for each in answer["items"] or []]
        return items, answer["metadata"]["resourceVersion"]

    def table(self, api_version: str, kind: str, namespace: str | None = None) -> Objects:
        """Return what `kubectl get` shows of the objects of a kind: of each a cell for every column, by its title."""
        resource = self.discovery.resource(api_version, kind)
        attempted = f"list {describe(kind, None, namespace)} as a table"
        request = Request(attempted, "GET", resource.path(namespace), accept=TABLE)
        return rows_of(self._object(request))

    def watch(
        self,
        api_version: str,
        kind: str,
        namespace: str | None = None,
        label_selector: str | None = None,
        field_selector: str | None = None,
        resource_version: str | None = None,
    ) -> EventStream:
        """Return the events after a resource version until the server ends the request (minutes).

        `maidenhair.kube.watch.watched` lists, resumes and reconnects on top of this.
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
        attempted = f"watch {describe(kind, None, namespace)}"
        path = resource.path(namespace)
        request = Request(attempted, "GET", path, query, read_seconds=WATCH_SILENCE_SECONDS)
        return EventStream(self._transport.stream(request))

    def delete(
        self,
        api_version: str,
        kind: str,
        name: str,
        namespace: str | None = None,
        grace_period_seconds: int | None = None,
        uid: str | None = None,
    ) -> None:
        """Delete an object, the one of that uid if one is given, and its dependents; do nothing where it is gone."""
        resource = self.discovery.resource(api_version, kind)
        namespace = self._namespace(resource, namespace)
        attempted = f"delete {describe(kind, name, namespace)}"
        options = delete_options(grace_period_seconds, uid)
        try:
            self._object(Request(attempted, "DELETE", resource.path(namespace, name), body=options))
        except ApiRefused as refused:
            if refused.status != 404:
                raise

    def delete_all(
        self,
        api_version: str,
        kind: str,
        namespace: str,
        label_selector: str | None = None,
        grace_period_seconds: int | None = None,
    ) -> None:
        """Delete all objects of a kind in a namespace, or those that a selector picks."""
        resource = self.discovery.resource(api_version, kind)
        self._object(
            Request(
                f"delete every {kind} in {namespace}",
                "DELETE",
                resource.path(namespace),
                {"labelSelector": label_selector},
                delete_options(grace_period_seconds),
            )
        )

    def patch(
        self,
        api_version: str,
        kind: str,
        name: str,
        body: Mapping[str, Any],
        namespace: str | None = None,
        subresource: str | None = None,
    ) -> Object:
        """Merge `body` into an object (None removes a field) and return the object."""
        resource = self.discovery.resource(api_version, kind)
        namespace = self._namespace(resource, namespace)
        suffix = f"/{subresource}" if subresource else ""
        path = resource.path(namespace, name) + suffix
        attempted = f"patch {describe(kind, name, namespace)}{suffix}"
        query = {"fieldManager": FIELD_MANAGER}
        return self._object(Request(attempted, "PATCH", path, query, dict(body), MERGE_PATCH))

    def patch_status(
        self,
        api_version: str,
        kind: str,
        name: str,
        status: Mapping[str, Any],
        namespace: str | None = None,
    ) -> Object:
        """Merge `status` into an object's status subresource; return the object."""
        return self.patch(api_version, kind, name, {"status": dict(status)}, namespace, "status")

    def pod_logs(
        self,
        namespace: str,
        pod: str,
        container: str | None = None,
        previous: bool = False,
        tail_lines: int | None = None,
        limit_bytes: int | None = None,
    ) -> str:
        """Return what a container wrote; with `previous`, what its instance before this one did."""
        resource = self.discovery.resource("v1", "Pod")
        limits = {"tailLines": tail_lines, "limitBytes": limit_bytes}
        query = {"container": container, "previous": previous or None, **limits}
        attempted = f"read the logs of {describe('Pod', pod, namespace)}"
        request = Request(attempted, "GET", resource.path(namespace, pod) + "/log", query)
        return self._transport.send_for_bytes(request).decode("utf-8", errors="replace")

    def kustomize(self, folder: Path | str) -> Objects:
        """Return the manifests that `kubectl kustomize` makes of a folder or URL.

        Raises:
            ConfigurationError: there is no kubectl, or it refused; with what it said.
        """
        return bundle.kustomize(folder, self._kubectl)

    def close(self) -> None:
        """Stop the watches that nobody uses, and close the pooled connections."""
        self.informers.close()
        self._transport.close()

    def _object(self, request: Request) -> Object:
        answer: Object = self._transport.send(request)
        return answer

    def _address(self, manifest: Mapping[str, Any]) -> tuple[Resource, str | None, str]:
        resource = self.discovery.resource(manifest["apiVersion"], manifest["kind"])
        metadata = manifest["metadata"]
        return resource, self._namespace(resource, metadata.get("namespace")), metadata["name"]

    def _namespace(self, resource: Resource, namespace: str | None) -> str | None:
        return (namespace or self.namespace) if resource.namespaced else None
