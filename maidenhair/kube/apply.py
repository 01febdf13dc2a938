"""Manifests that are applied together."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from maidenhair.errors import ConfigurationError
from maidenhair.kube.objects import Object, Objects, condition, in_order
from maidenhair.waiting import eventually

if TYPE_CHECKING:
    from maidenhair.kube.client import Kube

CRD_API_VERSION = "apiextensions.k8s.io/v1"
CRD_KIND = "CustomResourceDefinition"
ESTABLISHED_SECONDS = 30.0


def apply_all(kube: Kube, manifests: Iterable[Mapping[str, Any]]) -> Objects:
    """Do what `Kube.apply_all` says."""
    applied: Objects = []
    defined: Objects = []
    for manifest in in_order(manifests):
        if manifest.get("kind") == CRD_KIND:
            defined.append(kube.apply(manifest))
            continue
        _wait_until_established(kube, defined)
        applied += [*defined, kube.apply(manifest)]
        defined = []
    _wait_until_established(kube, defined)
    return applied + defined


def kustomize(folder: Path | str, kubectl: Path | None) -> Objects:
    """Do what `Kube.kustomize` says."""
    command = [str(kubectl or "kubectl"), "kustomize", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except OSError as error:
        raise ConfigurationError(f"cannot run {' '.join(command)}: {error}") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.strip()
        raise ConfigurationError(f"{' '.join(command)} failed: {said}") from error
    return [each for each in yaml.safe_load_all(done.stdout) if each]


def _wait_until_established(kube: Kube, definitions: Iterable[Object]) -> None:
    for definition in definitions:
        name = definition["metadata"]["name"]

        def established(name: str = name) -> Any:
            found = condition(kube.get(CRD_API_VERSION, CRD_KIND, name), "Established")
            return found["status"] if found else None

        eventually(
            established,
            "True",
            within=ESTABLISHED_SECONDS,
            described_as=f"{CRD_KIND} {name} to be established",
            poll_every=0.05,
        )
