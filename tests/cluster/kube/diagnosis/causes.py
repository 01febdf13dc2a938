"""Manifests of objects with problems, and waits for their cause."""

from __future__ import annotations

import re
from typing import Any

from hamcrest import matches_regexp

from maidenhair.kube import Kube, Object
from maidenhair.kube.diagnosis.explain import explain
from maidenhair.waiting import eventually

WITHIN = 60.0
API_VERSIONS = {
    "Deployment": "apps/v1",
    "GRPCRoute": "gateway.networking.k8s.io/v1",
    "Gateway": "gateway.networking.k8s.io/v1",
    "GatewayClass": "gateway.networking.k8s.io/v1",
    "PriorityClass": "scheduling.k8s.io/v1",
    "RuntimeClass": "node.k8s.io/v1",
    "StatefulSet": "apps/v1",
    "StorageClass": "storage.k8s.io/v1",
}


def made(kind: str, name: str, namespace: str | None = None, **fields: Any) -> Object:
    """Return the manifest of an object."""
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    api_version = API_VERSIONS.get(kind, "v1")
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}


def pod(namespace: str, name: str, container: Object, **spec: Any) -> Object:
    """Return the manifest of a pod of one container, labelled with its name."""
    spec = {
        "containers": [{"name": "main", "imagePullPolicy": "IfNotPresent", **container}],
        "terminationGracePeriodSeconds": 0,
        **spec,
    }
    manifest = made("Pod", name, namespace, spec=spec)
    manifest["metadata"]["labels"] = {"app": name}
    return manifest


def deployment(namespace: str, name: str, **spec: Any) -> Object:
    """Return the manifest of a Deployment whose pods no node can run."""
    labels = {"app": name}
    containers = [{"name": "main", "image": "absent:1"}]
    template = {"metadata": {"labels": labels}, "spec": {"containers": containers, **spec}}
    return made(
        "Deployment",
        name,
        namespace,
        spec={"selector": {"matchLabels": labels}, "template": template},
    )


def claim(namespace: str, name: str, **spec: Any) -> Object:
    """Return the manifest of a claim."""
    requested = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Mi"}},
        **spec,
    }
    return made("PersistentVolumeClaim", name, namespace, spec=requested)


def wait_for_cause(kube: Kube, subject: Object, expected: str, within: float = WITHIN) -> str:
    """Wait until the first line of the explanation of an object matches a pattern. Return the whole explanation."""
    return str(
        eventually(
            lambda: explain(kube, subject),
            # Match the sentence only, not the evidence.
            matches_regexp(re.compile(rf"\A[^\n]*{expected}")),
            within=within,
            described_as=f"the cause to be: {expected}",
        )
    )
