"""Apply several manifests in dependency order, and build manifests with kustomize."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import yaml

from maidenhair._util.process import run
from maidenhair.errors import ConfigurationError, ProgramFailed
from maidenhair.kube.objects import Object, Objects, condition, sort_for_apply
from maidenhair.waiting import eventually

CRD_API_VERSION = "apiextensions.k8s.io/v1"
CRD_KIND = "CustomResourceDefinition"
ESTABLISHED_SECONDS = 30.0
# Long, because kustomize may download a remote base.
KUSTOMIZE_SECONDS = 300.0


class Applier(Protocol):
    """Applies manifests: a client, or an inventory that also records the objects."""

    def apply(self, manifest: Mapping[str, Any]) -> Object:
        """Create or update an object and return it."""


class Client(Applier, Protocol):
    """The part of a client that `apply_all` uses."""

    def get(self, api_version: str, kind: str, name: str) -> Object | None:
        """Return an object, or None if it does not exist."""


def apply_all(client: Client, manifests: Iterable[Mapping[str, Any]]) -> Objects:
    """Implement `Kube.apply_all`."""
    applied: Objects = []
    definitions: Objects = []
    for manifest in sort_for_apply(manifests):
        if manifest.get("kind") == CRD_KIND:
            definitions.append(client.apply(manifest))
            continue
        _wait_until_established(client, definitions)
        applied += [*definitions, client.apply(manifest)]
        definitions = []
    _wait_until_established(client, definitions)
    return applied + definitions


def kustomize(folder: Path | str, kubectl: Path | None) -> Objects:
    """Implement `Kube.kustomize`."""
    try:
        done = run([kubectl or "kubectl", "kustomize", folder], seconds=KUSTOMIZE_SECONDS)
    except ProgramFailed as failed:
        raise ConfigurationError(str(failed)) from failed
    return [each for each in yaml.safe_load_all(done.stdout) if each]


def _wait_until_established(client: Client, definitions: Iterable[Object]) -> None:
    for definition in definitions:
        name = definition["metadata"]["name"]

        def established(name: str = name) -> Any:
            found = condition(client.get(CRD_API_VERSION, CRD_KIND, name), "Established")
            return found["status"] if found else None

        eventually(
            established,
            "True",
            within=ESTABLISHED_SECONDS,
            described_as=f"{CRD_KIND} {name} to be established",
            poll_every=0.05,
        )
