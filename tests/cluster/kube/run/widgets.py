"""Manifests for tests of ownership and removal: a kind of their own, its objects, and leftovers of dead runs."""

from __future__ import annotations

from typing import Any

from maidenhair.kube import Kube
from maidenhair.kube.run.inventory import Inventory
from maidenhair.kube.run.labels import RUN_LABEL

GROUP = "run-tests.example.com"
VERSION = f"{GROUP}/v1"
CRD = "apiextensions.k8s.io/v1"
CRD_KIND = "CustomResourceDefinition"
RBAC = "rbac.authorization.k8s.io/v1"
ADMISSION = "admissionregistration.k8s.io/v1"
FINALIZER = "run-tests.example.com/operator"


def definition(plural: str, **spec: Any) -> dict[str, Any]:
    """Return the definition of a kind, whose name is its plural without the last letter."""
    kind = plural.removesuffix("s").capitalize()
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"plural": plural, "singular": kind.lower(), "kind": kind}
    return {
        "apiVersion": CRD,
        "kind": CRD_KIND,
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": names,
            "versions": [version],
            **spec,
        },
    }


def custom(plural: str, name: str, **metadata: Any) -> dict[str, Any]:
    """Return an object of a kind of `definition`."""
    kind = plural.removesuffix("s").capitalize()
    return {"apiVersion": VERSION, "kind": kind, "metadata": {"name": name, **metadata}}


def role(name: str) -> dict[str, Any]:
    """Return a ClusterRole."""
    return {"apiVersion": RBAC, "kind": "ClusterRole", "metadata": {"name": name}, "rules": []}


def config_map(name: str, **metadata: Any) -> dict[str, Any]:
    """Return a ConfigMap."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}}


def dead_webhook(name: str, selected: str) -> dict[str, Any]:
    """Return a webhook that answers nothing, so that no ConfigMap with this label can be deleted."""
    return {
        "apiVersion": ADMISSION,
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": name},
        "webhooks": [
            {
                "name": "dead.run-tests.example.com",
                "failurePolicy": "Fail",
                "sideEffects": "None",
                "admissionReviewVersions": ["v1"],
                "timeoutSeconds": 1,
                "clientConfig": {"service": {"namespace": "default", "name": "nobody"}},
                "objectSelector": {"matchLabels": {"protected": selected}},
                "rules": [
                    {
                        "apiGroups": [""],
                        "apiVersions": ["v1"],
                        "operations": ["DELETE"],
                        "resources": ["configmaps"],
                    }
                ],
            }
        ],
    }


def exists(kube: Kube, manifest: dict[str, Any]) -> bool:
    """Return whether an object exists."""
    metadata = manifest["metadata"]
    key = (manifest["apiVersion"], manifest["kind"], metadata["name"], metadata.get("namespace"))
    return kube.get(*key) is not None


def leftover(kube: Kube, run_id: str) -> Inventory:
    """Return the inventory of a spec, with its namespace, whose run is dead."""
    name = f"left-by-{run_id}"
    labels = {RUN_LABEL: run_id}
    metadata = {"name": name, "labels": labels}
    kube.create({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    return Inventory(kube, name, labels)
