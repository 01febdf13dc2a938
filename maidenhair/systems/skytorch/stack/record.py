"""The record of the objects of a deployed stack, in a ConfigMap of the cluster.

Another stack that replaces it, or its removal, deletes what the record lists, whatever the settings are by then.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from maidenhair.kube import Kube, Object
from maidenhair.kube.objects import Objects
from maidenhair.kube.run.deletion import key_of

NAME, NAMESPACE = "maidenhair-skytorch", "kube-system"
KEY = "objects"


def recorded(kube: Kube) -> Objects:
    """Return the objects of the deployed stack, as manifests without specs; an empty list if there is no record."""
    found = kube.get("v1", "ConfigMap", NAME, NAMESPACE) or {}
    return [_manifest(*each) for each in json.loads(found.get("data", {}).get(KEY, "[]"))]


def record(kube: Kube, manifests: Iterable[Mapping[str, Any]]) -> None:
    """Replace the record."""
    places = sorted({_place(each) for each in manifests})
    kube.apply(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": NAME, "namespace": NAMESPACE},
            "data": {KEY: json.dumps(places)},
        }
    )


def forget(kube: Kube) -> None:
    """Delete the record."""
    kube.delete("v1", "ConfigMap", NAME, NAMESPACE)


def _place(manifest: Mapping[str, Any]) -> tuple[str, str, str, str]:
    api_version, kind, name, namespace = key_of(manifest)
    return api_version, kind, name, namespace or ""


def _manifest(api_version: str, kind: str, name: str, namespace: str) -> Object:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata}
