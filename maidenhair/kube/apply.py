"""Apply several manifests in dependency order, and build manifests with kustomize."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from hamcrest import has_entries, not_none

from maidenhair._util.process import run
from maidenhair.errors import ApiRefused, ConfigurationError, MaidenhairError, ProgramFailed
from maidenhair.kube.api_resources import Discovery
from maidenhair.kube.manifests.checking import Manifest, check_manifests
from maidenhair.kube.manifests.ordering import sort_for_apply
from maidenhair.kube.manifests.reading import parse_documents
from maidenhair.kube.objects import Object, Objects, condition
from maidenhair.waiting import eventually

CRD_API_VERSION = "apiextensions.k8s.io/v1"
CRD_KIND = "CustomResourceDefinition"
API_SERVICE_KIND = "APIService"
SERVED_SECONDS = 60.0
"""Seconds for a CustomResourceDefinition to be established, and for a kind to be served. Busy API servers take long."""
POLL_SECONDS = 0.05
SERVED = "served"
NOT_YET_SERVED = (404, 429, 503)
# Long, because kustomize may download a remote base.
KUSTOMIZE_SECONDS = 300.0


class Applier(Protocol):
    """Applies manifests: a client, or an inventory that also records the objects."""

    def apply(self, manifest: Mapping[str, Any]) -> Object:
        """Create or update an object and return it."""


class Client(Applier, Protocol):
    """The part of a client that `apply_all` uses."""

    @property
    def discovery(self) -> Discovery:
        """Return the kinds that the server serves."""

    def get(
        self, api_version: str, kind: str, name: str, namespace: str | None = None
    ) -> Object | None:
        """Return an object, or None if it does not exist."""

    def list(
        self,
        api_version: str,
        kind: str,
        namespace: str | None = None,
        label_selector: str | None = None,
        field_selector: str | None = None,
    ) -> Objects:
        """Return the objects of a kind."""


def apply_all(
    client: Client,
    manifests: Iterable[Mapping[str, Any]],
    apply: Callable[[Mapping[str, Any]], Object] | None = None,
) -> Objects:
    """Implement `Kube.apply_all`.

    Args:
        client: the API client.
        manifests: the manifests.
        apply: applies one manifest; default: the client's.
    """
    ordered = sort_for_apply(check_manifests(manifests))
    applied: Objects = []
    # What later manifests need: definitions of kinds, and namespaces that accept pods.
    definitions: Objects = []
    namespaces: set[str] = set()
    aggregated: set[str] = set()
    for manifest in ordered:
        kind = manifest["kind"]
        if kind != CRD_KIND:
            _wait_until_served(client, definitions)
            definitions = []
        with _errors_named(manifest):
            if _group(manifest) in aggregated:
                _wait_for_kind(client, manifest["apiVersion"], kind)
            if kind == "Pod" and manifest["metadata"].get("namespace") in namespaces:
                _wait_until_pods_are_accepted(client, manifest["metadata"]["namespace"])
            made = (apply or client.apply)(manifest)
        applied.append(made)
        if kind == CRD_KIND:
            definitions.append(made)
        elif kind == "Namespace":
            namespaces.add(made["metadata"]["name"])
        elif kind == API_SERVICE_KIND:
            aggregated.add(made["spec"]["group"])
    _wait_until_served(client, definitions)
    return applied


def kustomize(folder: Path | str, kubectl: Path | None) -> Objects:
    """Implement `Kube.kustomize`."""
    try:
        done = run([kubectl or "kubectl", "kustomize", folder], seconds=KUSTOMIZE_SECONDS)
    except ProgramFailed as failed:
        raise ConfigurationError(str(failed)) from failed
    return parse_documents(done.stdout, f"the output of `kubectl kustomize {folder}`")


@contextmanager
def _errors_named(manifest: Mapping[str, Any]) -> Iterator[None]:
    """Begin the texts of errors with the file and the number of the document."""
    try:
        yield
    except MaidenhairError as error:
        if isinstance(manifest, Manifest) and manifest.place.source and error.args:
            error.args = (f"{manifest.place}: {error.args[0]}", *error.args[1:])
        raise


def _group(manifest: Mapping[str, Any]) -> str:
    return str(manifest["apiVersion"]).rpartition("/")[0]


def _wait_until_served(client: Client, definitions: Iterable[Object]) -> None:
    for definition in definitions:
        _wait_until_established(client, definition["metadata"]["name"])
        spec = definition["spec"]
        for version in spec["versions"]:
            if version.get("served"):
                api_version = f"{spec['group']}/{version['name']}"
                _wait_for_kind(client, api_version, spec["names"]["kind"])


def _wait_until_established(client: Client, name: str) -> None:
    def established() -> Object | None:
        return condition(client.get(CRD_API_VERSION, CRD_KIND, name), "Established")

    def refused() -> str | None:
        accepted = condition(client.get(CRD_API_VERSION, CRD_KIND, name), "NamesAccepted")
        if accepted is None or accepted["status"] != "False":
            return None
        return f"its names are refused: {accepted.get('message', '')}"

    eventually(
        established,
        has_entries(status="True"),
        within=SERVED_SECONDS,
        described_as=f"{CRD_KIND} {name} to be established",
        poll_every=POLL_SECONDS,
        stop_when=[refused],
    )


def _wait_for_kind(client: Client, api_version: str, kind: str) -> None:
    """Wait until the API server answers requests for a kind. It may do so a moment after it says so."""

    def answer() -> str:
        try:
            # A name that no object can have, because only the answer matters.
            client.list(api_version, kind, field_selector="metadata.name=.")
        except ApiRefused as refused:
            # Other refusals come from whatever serves the kind.
            if refused.status in NOT_YET_SERVED:
                return str(refused)
        return SERVED

    eventually(
        answer,
        SERVED,
        within=SERVED_SECONDS,
        described_as=f"kind {kind} ({api_version}) to be served",
        poll_every=POLL_SECONDS,
    )


def _wait_until_pods_are_accepted(client: Client, namespace: str) -> None:
    eventually(
        lambda: client.get("v1", "ServiceAccount", "default", namespace),
        not_none(),
        within=SERVED_SECONDS,
        described_as=f"the default ServiceAccount of Namespace {namespace}",
        poll_every=POLL_SECONDS,
    )
