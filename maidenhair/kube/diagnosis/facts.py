"""The facts from which rules derive a cause: an object, its pods, events and related objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from maidenhair.kube.diagnosis.current_pods import own_pods
from maidenhair.kube.diagnosis.shapes import (
    field_of,
    framework_kind,
    mapping,
    mappings,
    metadata_of,
    text,
)
from maidenhair.kube.objects import Object, Objects, last_seen

ROUTES = ("GRPCRoute", "HTTPRoute")
SECONDS = len("2026-01-31T12:00:00")

PickPods = Callable[[Object, Objects], Objects]
"""Selects an object's current pods from the pods of its namespace."""


@dataclass(frozen=True)
class Facts:
    """The facts about an object.

    Attributes:
        subject: the object. If it does not exist, only its apiVersion, kind and metadata.
        pods: its pods that are not being deleted. For a Job that has failed, also those that are being deleted.
        events: the events of its namespace, oldest first.
        nodes: the nodes by name; empty if they were not read.
        related: other objects that the subject refers to or depends on.
        known: the kinds whose related objects were read completely. An object of these kinds that is not in
            `related` does not exist.
        owned: the objects other than pods that the subject owns, directly or through others, the innermost first.
        owners: the objects that own the subject, the nearest first.

    Example:
        >>> def paused(facts: Facts) -> Cause | None:
        ...     is_paused = facts.subject["kind"] == "Widget" and facts.subject["spec"].get("paused")
        ...     return Cause("the Widget is paused") if is_paused else None
        >>> print(paused(Facts({"kind": "Widget", "spec": {}}, pods=(), events=())))
        None
    """

    subject: Object
    pods: tuple[Object, ...]
    events: tuple[Object, ...]
    nodes: Mapping[str, Object] = field(default_factory=dict)
    related: tuple[Object, ...] = ()
    known: frozenset[str] = frozenset()
    owned: tuple[Object, ...] = ()
    owners: tuple[Object, ...] = ()

    @property
    def kind(self) -> str:
        """Return the subject's kind if it is one of Kubernetes or of the Gateway API, otherwise "KIND.GROUP"."""
        return framework_kind(self.subject)

    @property
    def exists(self) -> bool:
        """Return whether the subject exists."""
        return "uid" in metadata_of(self.subject)

    def about(self, another: Object) -> Facts:
        """Return the facts about an object that the subject owns or that owns the subject."""
        pods = own_pods(another, list(self.pods))
        return replace(self, subject=another, pods=tuple(pods), owned=(), owners=())

    def of_kind(self, kind: str) -> Objects:
        """Return the related objects of a kind."""
        return [each for each in self.related if each["kind"] == kind]

    def find(self, kind: str, name: str, namespace: str | None = None) -> Object | None:
        """Return a related object, or None if it was not found."""
        for each in self.of_kind(kind):
            metadata = each["metadata"]
            if metadata["name"] == name and metadata.get("namespace") == namespace:
                return each
        return None

    def is_missing(self, kind: str, name: str, namespace: str | None = None) -> bool:
        """Return whether a related object is known not to exist."""
        return kind in self.known and self.find(kind, name, namespace) is None

    def events_of(self, involved: Object) -> Objects:
        """Return the events of an object, oldest first. Events of a former object of the same name are left out."""
        metadata = metadata_of(involved)
        uid = metadata.get("uid")
        # Kubelet reports events of its Node with the name instead of the uid.
        uids = (uid, metadata.get("name")) if involved.get("kind") == "Node" else (uid,)
        return [
            each for each in self.events if uid and field_of(each, "involvedObject", "uid") in uids
        ]

    def refusals(self) -> Objects:
        """Return the events of a controller that cannot create the subject's pods.

        Events before the subject's last change are left out, because the change may have fixed the problem.
        """
        changed = _last_change(self.subject)
        if not changed:
            return []
        return [
            each
            for each in self.events
            if each.get("reason") == "FailedCreate"
            and _makes_pods_for(mapping(each.get("involvedObject")), self.subject)
            and last_seen(each)[:SECONDS] >= changed[:SECONDS]
        ]


def facts_from(
    subject: Object,
    pods: Iterable[Object],
    events: Iterable[Object],
    nodes: Iterable[Object] = (),
    related: Iterable[Object] = (),
    known: Iterable[str] = (),
    *,
    pick_pods: Mapping[str, PickPods] | None = None,
) -> Facts:
    """Select the facts about an object from the objects of its namespace.

    Args:
        subject: the object.
        pods: the pods of its namespace.
        events: the events of its namespace.
        nodes: the nodes; may be empty.
        related: other objects that the subject refers to or depends on.
        known: see `Facts.known`.
        pick_pods: by kind, selects the pods of objects that are not found by owner references or a selector.
    """
    pick = (pick_pods or {}).get(str(subject.get("kind")), own_pods)
    return Facts(
        subject,
        tuple(pick(subject, [pod for pod in pods if not _is_terminating(pod, subject)])),
        tuple(sorted(events, key=last_seen)),
        {metadata_of(node).get("name", ""): node for node in nodes},
        tuple(related),
        frozenset(known),
    )


def _last_change(subject: Object) -> str:
    """Return the time of the subject's last change except to its status, by the server's clock."""
    metadata = metadata_of(subject)
    managers = mappings(metadata.get("managedFields"))
    times = [text(each.get("time")) for each in managers if each.get("subresource") != "status"]
    return max([text(metadata.get("creationTimestamp")), *times])


def _is_terminating(pod: Object, subject: Object) -> bool:
    # A Job that reaches its deadline deletes its pods, which are the reason.
    return "deletionTimestamp" in metadata_of(pod) and framework_kind(subject) != "Job"


def _makes_pods_for(involved: Mapping[str, object], subject: Object) -> bool:
    kind, name = text(involved.get("kind")), text(involved.get("name"))
    if kind == "ReplicaSet" and framework_kind(subject) != "ReplicaSet":
        # The name of a ReplicaSet is that of its Deployment and a hash of the template.
        return name.rpartition("-")[0] == metadata_of(subject).get("name")
    makers = ("DaemonSet", "Job", "ReplicaSet", "ReplicationController", "StatefulSet")
    is_same = kind == subject.get("kind") and name == metadata_of(subject).get("name")
    return kind in makers and is_same
