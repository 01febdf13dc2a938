"""Kubernetes objects as plain dictionaries, and the kinds that the operator reads and writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

Object = dict[str, Any]


class Reference(NamedTuple):
    """The namespace and the name of an object whose kind is known from the context."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True)
class Kind:
    """A kind of namespaced objects: its name in manifests, and its plural in URLs."""

    group: str
    version: str
    name: str
    plural: str

    @property
    def api_version(self) -> str:
        """Return the apiVersion of a manifest."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def collection(self, namespace: str | None = None) -> str:
        """Return the URL path of the objects in a namespace, or in all namespaces if it is None."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        scope = f"/namespaces/{namespace}" if namespace is not None else ""
        return f"{root}{scope}/{self.plural}"

    def path(self, reference: Reference) -> str:
        """Return the URL path of one object."""
        return f"{self.collection(reference.namespace)}/{reference.name}"


COMPUTE = Kind("compute.skytorch.dev", "v1alpha1", "Compute", "computes")
SERVICE = Kind("", "v1", "Service", "services")
CLAIM = Kind("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims")
STATEFUL_SET = Kind("apps", "v1", "StatefulSet", "statefulsets")
GRPC_ROUTE = Kind("gateway.networking.k8s.io", "v1", "GRPCRoute", "grpcroutes")
GATEWAY = Kind("gateway.networking.k8s.io", "v1", "Gateway", "gateways")


def reference_of(obj: Object) -> Reference:
    """Return the namespace and name of an object."""
    return Reference(obj["metadata"]["namespace"], obj["metadata"]["name"])


def owning_compute(obj: Object) -> Reference | None:
    """Return the Compute that controls an object, or None if no Compute does."""
    for owner in obj["metadata"].get("ownerReferences", ()):
        group = owner["apiVersion"].partition("/")[0]
        if owner.get("controller") and owner["kind"] == COMPUTE.name and group == COMPUTE.group:
            return Reference(obj["metadata"]["namespace"], owner["name"])
    return None
