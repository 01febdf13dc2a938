"""Look up the objects that an object refers to or depends on, as far as the account may read them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Protocol

from maidenhair.errors import ApiRefused
from maidenhair.kube.api_resources import Resource
from maidenhair.kube.objects import Object, Objects

GATEWAY_API = "gateway.networking.k8s.io/v1"
LOG = "Log"
"""The kind of the lines of a pod's log, in `RelatedObjects.found`."""
LOG_LINES = 1000


class Reader(Protocol):
    """Reads objects from the API, for example a `Kube`."""

    def get(
        self, api_version: str, kind: str, name: str, namespace: str | None = None
    ) -> Object | None:
        """Return an object, or None if it does not exist."""

    def list(self, api_version: str, kind: str, namespace: str | None = None) -> Objects:
        """Return the objects of a kind."""

    def pod_logs(
        self,
        namespace: str,
        pod: str,
        container: str | None = None,
        previous: bool = False,
        tail_lines: int | None = None,
        limit_bytes: int | None = None,
    ) -> str:
        """Return the log of a container."""


class ServedKinds(Protocol):
    """The kinds that an API server serves, for example a `Discovery`."""

    def all(self) -> list[Resource]:
        """Return every kind in its preferred version."""


class RelatedObjects:
    """Collect the objects that an object refers to or depends on.

    A lookup that the API refuses finds nothing, because the kind is not served or the account may not read it.

    Attributes:
        found: the objects that were found.
        known: the kinds whose lookups succeeded. An object of these kinds that is not in `found` does not exist.
    """

    def __init__(self, kube: Reader) -> None:
        self._kube = kube
        self.found: Objects = []
        self.known: set[str] = set()

    def get(
        self, api_version: str, kind: str, name: str, namespace: str | None = None
    ) -> Object | None:
        """Look up one object. Return None if it does not exist or the account may not read it.

        Raises:
            ApiUnreachable: the API server did not answer.
        """
        try:
            found = self._kube.get(api_version, kind, name, namespace)
        except ApiRefused:
            self.known.discard(kind)
            return None
        self.known.add(kind)
        if found is not None:
            self.found.append(found)
        return found

    def list(self, api_version: str, kind: str, namespace: str | None = None) -> Objects:
        """Look up all objects of a kind. Return an empty list if the account may not list them.

        Raises:
            ApiUnreachable: the API server did not answer.
        """
        try:
            found = self._kube.list(api_version, kind, namespace)
        except ApiRefused:
            return []
        self.known.add(kind)
        self.found += found
        return found

    def log_lines(self, workload: str, namespace: str, names: Collection[str]) -> None:
        """Look up the lines that contain all names, in the last 1000 log lines of each pod of a workload.

        Args:
            workload: the name of the Deployment, StatefulSet or DaemonSet.
            namespace: its namespace.
            names: whole words, for example the namespace and the name of an object.

        Raises:
            ApiUnreachable: the API server did not answer.
        """
        words = [re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])") for name in names]
        try:
            for pod in self._kube.list("v1", "Pod", namespace):
                name = pod["metadata"]["name"]
                if not name.startswith(f"{workload}-"):
                    continue
                for container in pod["spec"]["containers"]:
                    log = self._kube.pod_logs(
                        namespace, name, container["name"], tail_lines=LOG_LINES
                    )
                    lines = [
                        line
                        for line in log.splitlines()
                        if all(each.search(line) for each in words)
                    ]
                    metadata = {"name": name, "namespace": namespace}
                    self.found.append({"kind": LOG, "metadata": metadata, "lines": lines})
        except ApiRefused:
            # A pod that has not started has no log, and an account may not be allowed to read it.
            return

    def route(self, route: Object) -> None:
        """Look up the Gateways, their GatewayClasses and the Services that a route of the Gateway API refers to."""
        for reference in _references(route):
            namespace = reference.get("namespace") or route["metadata"]["namespace"]
            if reference.get("kind", "Service") == "Service":
                self.get("v1", "Service", reference["name"], namespace)
            if reference.get("kind") == "Gateway":
                gateway = self.get(GATEWAY_API, "Gateway", reference["name"], namespace)
                if gateway is not None:
                    self.get(GATEWAY_API, "GatewayClass", gateway["spec"]["gatewayClassName"])

    def target(self, autoscaler: Object, namespace: str) -> None:
        """Look up the object that a HorizontalPodAutoscaler scales."""
        reference = autoscaler["spec"]["scaleTargetRef"]
        self.get(reference["apiVersion"], reference["kind"], reference["name"], namespace)


def _references(route: Object) -> Iterator[Mapping[str, Any]]:
    for parent in route["spec"].get("parentRefs") or []:
        yield {"kind": "Gateway", **parent}
    for rule in route["spec"].get("rules") or []:
        yield from rule.get("backendRefs") or []
