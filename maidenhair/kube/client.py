"""The client of the Kubernetes API. Objects are plain dicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from maidenhair.errors import ApiRefused
from maidenhair.kube import apply as bundle
from maidenhair.kube.api_resources import no_kind
from maidenhair.kube.diagnosis.knowledge import NO_KNOWLEDGE, Knowledge
from maidenhair.kube.known_kinds import is_defined
from maidenhair.kube.manifests.checking import check_manifest
from maidenhair.kube.moved_kinds import following_kinds
from maidenhair.kube.objects import Object, Objects, delete_options, display_name, format_name
from maidenhair.kube.reading import Reader
from maidenhair.kube.transport import Request, Transport
from maidenhair.kube.watch.informers import Informers

FIELD_MANAGER = "maidenhair"
APPLY_PATCH = "application/apply-patch+yaml"
MERGE_PATCH = "application/merge-patch+json"


class Kube(Reader):
    """A thin client of the Kubernetes API. Objects are dicts, as in YAML; method names follow kubectl.

    Safe to share between threads. Every method raises `ApiRefused` with the server's message if the API server
    answers with an error, and `ApiUnreachable` if it does not answer.

    Attributes:
        namespace: the default namespace of namespaced objects; that of the kubeconfig context.
        discovery: the kinds that the server serves.
        informers: the watches of this client.
        knowledge: kinds and rules that systems under test add to explanations of failures.
        observe: called with each object, and each list of objects, that is sent or received; in any thread.

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
        knowledge: Knowledge = NO_KNOWLEDGE,
    ) -> None:
        super().__init__(transport, namespace)
        self.knowledge = knowledge
        self.informers = Informers(self)
        self._kubectl = kubectl

    @classmethod
    def from_kubeconfig(
        cls,
        kubeconfig: Path,
        context: str | None = None,
        kubectl: Path | None = None,
        knowledge: Knowledge = NO_KNOWLEDGE,
    ) -> Kube:
        """Return a client for a context of a kubeconfig.

        Args:
            kubeconfig: the kubeconfig file.
            context: the context; default: the current context.
            kubectl: the kubectl that `kustomize` runs; default: the one on PATH.
            knowledge: kinds and rules that systems under test add to explanations of failures.

        Raises:
            ConfigurationError: the file or the context is missing or malformed.
        """
        transport, namespace = Transport.from_kubeconfig(kubeconfig, context)
        return cls(transport, namespace, kubectl, knowledge)

    @following_kinds
    def apply(self, manifest: Mapping[str, Any]) -> Object:
        """Apply a manifest server-side and return the object. Conflicts with other field managers are overridden.

        A manifest with `metadata.generateName` and no name is created, and so is an object of a kind that cannot be
        patched, for example a SubjectAccessReview.

        Raises:
            ConfigurationError: the manifest is no object of the API; the text says what to change.
        """
        manifest = check_manifest(manifest)
        resource = self.discovery.resource(manifest["apiVersion"], manifest["kind"])
        body = {**manifest, "metadata": {**manifest["metadata"]}}
        body["metadata"].pop("managedFields", None)
        name = body["metadata"].get("name")
        if not name or "patch" not in resource.verbs:
            return self.create(body)
        namespace = self._namespace(resource, body["metadata"].get("namespace"))
        return self._object(
            Request(
                f"apply {format_name(resource.kind, name, namespace)}",
                "PATCH",
                resource.path(namespace, name),
                {"fieldManager": FIELD_MANAGER, "force": True},
                body,
                APPLY_PATCH,
            )
        )

    def apply_all(self, manifests: Iterable[Mapping[str, Any]]) -> Objects:
        """Apply manifests in dependency order and return the objects.

        Manifests may be in any order, and Lists count as their items. Namespaces and CustomResourceDefinitions come
        first, and the kinds of CustomResourceDefinitions are served before other manifests are applied. Webhook
        configurations come last. `read_manifests` reads manifests from files.

        Raises:
            ConfigurationError: manifests are no objects of the API, and none was applied; the text names each.
            WaitTimedOut: the kind of a CustomResourceDefinition was not served within 60 s.
            WaitStopped: the names of a CustomResourceDefinition were refused.
        """
        return bundle.apply_all(self, manifests)

    @following_kinds
    def create(
        self,
        manifest: Mapping[str, Any],
        validation: str | None = None,
        on_warning: Callable[[str], None] | None = None,
        dry_run: bool = False,
    ) -> Object:
        """Create an object and return it. It must not exist yet. `metadata.generateName` is supported.

        Args:
            manifest: the object.
            validation: how the server treats unknown fields: "Strict" refuses the object, "Warn" (the server's
                default) drops them with a warning, "Ignore" drops them silently.
            on_warning: called with each warning of the API server.
            dry_run: let the server admit and default the object, but not store it.

        Raises:
            ConfigurationError: the manifest is no object of the API; the text says what to change.
        """
        manifest = check_manifest(manifest)
        resource = self.discovery.resource(manifest["apiVersion"], manifest["kind"])
        namespace = self._namespace(resource, manifest["metadata"].get("namespace"))
        query = {"fieldManager": FIELD_MANAGER, "fieldValidation": validation}
        if dry_run:
            query["dryRun"] = "All"
        path = resource.path(namespace)
        attempted = f"create {display_name(manifest)}"
        request = Request(attempted, "POST", path, query, dict(manifest), on_warning=on_warning)
        return self._object(request)

    @following_kinds
    def delete(
        self,
        api_version: str,
        kind: str,
        name: str,
        namespace: str | None = None,
        grace_period_seconds: int | None = None,
        uid: str | None = None,
        resource_version: str | None = None,
    ) -> None:
        """Delete an object and, in the background, its dependents. Do nothing if it does not exist.

        Args:
            api_version: the group and version.
            kind: the kind.
            name: the object's name.
            namespace: its namespace; default: the client's.
            grace_period_seconds: seconds for a pod to terminate; default: the pod's own grace period.
            uid: delete only the object with this uid.
            resource_version: delete only an object that has not changed since this version.
        """
        resource = self.discovery.resource(api_version, kind)
        namespace = self._namespace(resource, namespace)
        attempted = f"delete {format_name(kind, name, namespace)}"
        options = delete_options(grace_period_seconds, uid, resource_version)
        try:
            self._object(Request(attempted, "DELETE", resource.path(namespace, name), body=options))
        except ApiRefused as refused:
            if refused.status != 404:
                raise

    @following_kinds
    def delete_all(
        self,
        api_version: str,
        kind: str,
        namespace: str,
        label_selector: str | None = None,
        grace_period_seconds: int | None = None,
    ) -> None:
        """Delete all objects of a kind in a namespace, optionally limited by a label selector."""
        resource = self.discovery.resource(api_version, kind)
        self._object(
            Request(
                f"delete every {kind} in Namespace {namespace}",
                "DELETE",
                resource.path(namespace),
                {"labelSelector": label_selector},
                delete_options(grace_period_seconds),
            )
        )

    @following_kinds
    def patch(
        self,
        api_version: str,
        kind: str,
        name: str,
        body: Mapping[str, Any],
        namespace: str | None = None,
        subresource: str | None = None,
    ) -> Object:
        """Merge `body` into an object and return it. A field set to None is removed."""
        resource = self.discovery.resource(api_version, kind)
        namespace = self._namespace(resource, namespace)
        suffix = f"/{subresource}" if subresource else ""
        path = resource.path(namespace, name) + suffix
        attempted = f"patch {format_name(kind, name, namespace)}{suffix}"
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
        """Merge `status` into an object's status subresource and return the object."""
        return self.patch(api_version, kind, name, {"status": dict(status)}, namespace, "status")

    def kustomize(self, folder: Path | str) -> Objects:
        """Build a folder or URL with `kubectl kustomize` and return the manifests.

        Raises:
            ConfigurationError: kubectl is missing or failed; the message includes its output.
        """
        return bundle.kustomize(folder, self._kubectl)

    def expect_kinds(self, *kinds: str) -> None:
        """Let waits for objects of kinds that are not served yet wait for the kind, instead of failing at once.

        Kinds whose CustomResourceDefinitions exist are expected in any case, and so are those that were served before.

        Args:
            kinds: kinds such as "Widget", or with their API group, such as "Widget.example.com".
        """
        for each in kinds:
            kind, _, group = each.partition(".")
            self.discovery.known_kinds.expect(kind, group or None)

    def check_kind_expected(self, api_version: str, kind: str) -> None:
        """Check that a kind that is not served now is expected; see `expect_kinds`.

        Args:
            api_version: the group and version; "" for any.
            kind: the kind.

        Raises:
            ApiRefused: the kind is not expected. The error names similar kinds.
        """
        known = self.discovery.known_kinds
        if not known.expects(api_version, kind) and not is_defined(self, api_version, kind):
            raise no_kind(api_version or "any API group", kind, self.discovery.all())

    def check_kind_known(self, api_version: str, kind: str) -> None:
        """Check that a kind that is not served now was served before, or is expected.

        Args: see `check_kind_expected`, also for the error.
        """
        if not self.discovery.known_kinds.has_served(api_version, kind):
            self.check_kind_expected(api_version, kind)

    def credentials(self) -> Sequence[str]:
        """Return the passwords, tokens and keys of this client's connection, to redact them."""
        return self._transport.credentials()

    def close(self) -> None:
        """Stop unused watches and close the pooled connections."""
        self.informers.close()
        self._transport.close()
