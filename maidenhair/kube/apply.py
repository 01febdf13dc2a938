"""Manifests that are applied together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import yaml

from maidenhair._util.process import run
from maidenhair.errors import ConfigurationError, ProgramFailed
from maidenhair.kube.objects import Object, Objects, condition, in_order
from maidenhair.waiting import eventually

CRD_API_VERSION = "apiextensions.k8s.io/v1"
CRD_KIND = "CustomResourceDefinition"
ESTABLISHED_SECONDS = 30.0
# A remote base is downloaded.
KUSTOMIZE_SECONDS = 300.0


class Applier(Protocol):
    """Applies manifests: a client, or an inventory that also remembers what it made."""

    def apply(self, manifest: Mapping[str, Any]) -> Object:
        """Make an object, or change it, and return it."""


class Client(Applier, Protocol):
    """What applying several manifests needs of a client."""

    def get(self, api_version: str, kind: str, name: str) -> Object | None:
        """Return an object, or None where there is none of that name."""


def apply_all(client: Client, manifests: Iterable[Mapping[str, Any]]) -> Objects:
    """Do what `Kube.apply_all` says."""
    applied: Objects = []
    defined: Objects = []
    for manifest in in_order(manifests):
        if manifest.get("kind") == CRD_KIND:
            defined.append(client.apply(manifest))
            continue
        _wait_until_established(client, defined)
        applied += [*defined, client.apply(manifest)]
        defined = []
    _wait_until_established(client, defined)
    return applied + defined


def kustomize(folder: Path | str, kubectl: Path | None) -> Objects:
    """Do what `Kube.kustomize` says."""
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
