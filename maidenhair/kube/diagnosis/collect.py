"""Asking the API for the facts from which a cause is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from maidenhair.errors import ApiRefused
from maidenhair.kube.client import Kube
from maidenhair.kube.diagnosis.facts import ROUTES, Facts, facts_from
from maidenhair.kube.objects import Object, Objects
from maidenhair.systems.skytorch import causes

GATEWAY_API = "gateway.networking.k8s.io/v1"


def gather(kube: Kube, subject: Object) -> Facts:
    """Return the facts about an object, asked of the API now.

    What an account may not see, or the cluster does not serve, is left out; the cause is told without it.

    Raises:
        KubernetesError: the object, or the pods and events of its namespace, could not be had.
    """
    namespace = subject["metadata"].get("namespace")
    name = subject["metadata"]["name"]
    current = kube.get(subject["apiVersion"], subject["kind"], name, namespace) or subject
    around = _Around(kube)
    if namespace is None:
        events = around.list("v1", "Event", "default")
        return facts_from(current, (), events, (), around.found, around.known)
    pods = kube.list("v1", "Pod", namespace)
    events = kube.list("v1", "Event", namespace)
    facts = facts_from(current, pods, events, around.list("v1", "Node"))
    around.look(facts, pods)
    return facts_from(current, pods, events, facts.nodes.values(), around.found, around.known)


class _Around:
    """What is around a subject: the objects that it names or needs, as far as they may be seen."""

    def __init__(self, kube: Kube) -> None:
        self._kube = kube
        self.found: Objects = []
        self.known: set[str] = set()

    def look(self, facts: Facts, pods: Objects) -> None:
        """Ask for what is around the subject of facts, whose namespace has these pods."""
        subject = facts.subject
        namespace = subject["metadata"]["namespace"]
        self._get("v1", "Namespace", namespace)
        if "uid" not in subject["metadata"]:
            return
        kind = subject["kind"]
        if kind == "PersistentVolumeClaim" or any(_has_claims(pod) for pod in facts.pods):
            self._keep("v1", "PersistentVolumeClaim", namespace)
            self._keep("storage.k8s.io/v1", "StorageClass")
        if kind == "Service":
            self.found += pods
            self._keep("discovery.k8s.io/v1", "EndpointSlice", namespace)
        if kind == "Gateway":
            self._get(GATEWAY_API, "GatewayClass", subject["spec"]["gatewayClassName"])
        if kind in ROUTES:
            self._look_at_route(subject)
        if kind == causes.KIND:
            self._look_at_compute(subject)

    def list(self, api_version: str, kind: str, namespace: str | None = None) -> Objects:
        """Return the objects of a kind, none of a kind that is not served or may not be listed."""
        try:
            found = self._kube.list(api_version, kind, namespace)
        except ApiRefused:
            return []
        self.known.add(kind)
        return found

    def _keep(self, api_version: str, kind: str, namespace: str | None = None) -> None:
        self.found += self.list(api_version, kind, namespace)

    def _get(
        self, api_version: str, kind: str, name: str, namespace: str | None = None
    ) -> Object | None:
        try:
            found = self._kube.get(api_version, kind, name, namespace)
        except ApiRefused:
            self.known.discard(kind)
            return None
        self.known.add(kind)
        if found is not None:
            self.found.append(found)
        return found

    def _look_at_compute(self, compute: Object) -> None:
        namespace = compute["metadata"]["namespace"]
        self._get("apps/v1", "Deployment", causes.OPERATOR, causes.OPERATOR_NAMESPACE)
        route = self._get(GATEWAY_API, "GRPCRoute", compute["metadata"]["name"], namespace)
        if route is not None:
            self._look_at_route(route)

    def _look_at_route(self, route: Object) -> None:
        for reference in _references(route):
            namespace = reference.get("namespace") or route["metadata"]["namespace"]
            if reference.get("kind", "Service") == "Service":
                self._get("v1", "Service", reference["name"], namespace)
            if reference.get("kind") == "Gateway":
                gateway = self._get(GATEWAY_API, "Gateway", reference["name"], namespace)
                if gateway is not None:
                    name = gateway["spec"]["gatewayClassName"]
                    self._get(GATEWAY_API, "GatewayClass", name)


def _has_claims(pod: Object) -> bool:
    volumes = pod["spec"].get("volumes") or []
    return any("persistentVolumeClaim" in each or "ephemeral" in each for each in volumes)


def _references(route: Object) -> Iterator[Mapping[str, Any]]:
    for parent in route["spec"].get("parentRefs") or []:
        yield {"kind": "Gateway", **parent}
    for rule in route["spec"].get("rules") or []:
        yield from rule.get("backendRefs") or []
