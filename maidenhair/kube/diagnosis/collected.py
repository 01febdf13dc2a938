"""The objects of a namespace, collected for diagnostics: of every kind that has any."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from maidenhair.errors import ApiRefused
from maidenhair.kube.api_resources import Resource
from maidenhair.kube.diagnosis.budget import Budget
from maidenhair.kube.diagnosis.explanation import Client
from maidenhair.kube.diagnosis.knowledge import Knowledge
from maidenhair.kube.diagnosis.shapes import FRAMEWORK_GROUPS, group_of, metadata_of
from maidenhair.kube.objects import Object, Objects

Kind = tuple[str, str]
Kinds = list[Kind]
Names = list[str]
Resources = list[Resource]

FIRST_KINDS: tuple[Kind, ...] = (
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "DaemonSet"),
    ("batch/v1", "CronJob"),
    ("batch/v1", "Job"),
    ("apps/v1", "ReplicaSet"),
    ("v1", "Pod"),
    ("v1", "Service"),
    ("gateway.networking.k8s.io/v1", "GRPCRoute"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "ResourceQuota"),
    ("v1", "ConfigMap"),
)
"""The kinds of Kubernetes that come after custom resources and before all other kinds."""

SEPARATE_KINDS = frozenset({"Event", "Secret"})
"""Kinds that have a file of their own, or that are needed before all others."""

FORBIDDEN = 403
# Not found, method not allowed: the kind is not served, so it has no objects.
NOT_SERVED = (404, 405)


@dataclass
class Collected:
    """The objects of a namespace. It reads objects for explanations: the collected ones, and others from the API.

    Args:
        kube: the API client.
        namespace: the namespace.
        budget: the limits; what cannot be listed is recorded there.

    Attributes:
        objects: the objects, by kind: those of systems first, then custom resources, then those of Kubernetes.
        forbidden: the kinds that the account may not list.
    """

    kube: Client
    namespace: str
    budget: Budget
    objects: dict[Kind, Objects] = field(default_factory=dict)
    forbidden: Names = field(default_factory=list)

    @property
    def knowledge(self) -> Knowledge:
        """Return the additions of systems."""
        return self.kube.knowledge

    @property
    def discovery(self) -> Collected:
        """Return the kinds that have objects here."""
        return self

    def all(self) -> Resources:
        """Return the kinds that have objects here."""
        verbs = frozenset({"delete", "get", "list"})
        return [Resource(*kind, "", True, verbs) for kind, found in self.objects.items() if found]

    def collect(self) -> None:
        """List every kind of the namespace."""
        for kind in self._kinds():
            if kind[1] not in SEPARATE_KINDS:
                self.objects[kind] = self.list_from_api(*kind, self.namespace)

    def everything(self) -> Objects:
        """Return all objects, without those of kinds that were listed separately."""
        return [
            each
            for (_, kind), found in self.objects.items()
            if kind not in SEPARATE_KINDS
            for each in found
        ]

    def list_from_api(self, api_version: str, kind: str, namespace: str | None = None) -> Objects:
        """List a kind within the limits. Record the reason if it cannot be listed."""

        def fetch() -> Objects:
            try:
                return self.kube.list(api_version, kind, namespace)
            except ApiRefused as refused:
                if refused.status == FORBIDDEN:
                    self.forbidden.append(kind)
                elif refused.status not in NOT_SERVED:
                    raise
                return []

        return self.budget.fetch(f"list {kind}", fetch, [])

    def list(self, api_version: str, kind: str, namespace: str | None = None) -> Objects:
        """Return the collected objects of a kind, or those of the API if the kind was not collected."""
        key = (api_version, kind)
        if namespace == self.namespace and key in self.objects:
            return self.objects[key]
        return self.kube.list(api_version, kind, namespace)

    def get(
        self, api_version: str, kind: str, name: str, namespace: str | None = None
    ) -> Object | None:
        """Return an object, the collected one if there is one."""
        if namespace == self.namespace:
            for each in self.objects.get((api_version, kind), []):
                if metadata_of(each).get("name") == name:
                    return each
        return self.kube.get(api_version, kind, name, namespace)

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
        return self.kube.pod_logs(namespace, pod, container, previous, tail_lines, limit_bytes)

    def _kinds(self) -> Iterable[Kind]:
        served = self.budget.fetch("discover the kinds", self._discover, Kinds())
        custom = [kind for kind in served if group_of(kind[0]) not in FRAMEWORK_GROUPS]
        first: Sequence[Kind] = [kind for kind in FIRST_KINDS if kind in served or not served]
        return dict.fromkeys((*self.knowledge.kinds, *custom, *first, *served))

    def _discover(self) -> Kinds:
        return [
            (each.api_version, each.kind)
            for each in self.kube.discovery.all()
            # Metrics can be listed, but not deleted: they are no objects.
            if each.namespaced and {"list", "delete"} <= each.verbs
        ]
