"""The facts from which rules derive a cause: an object, its pods, events and related objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

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
        pods: its pods that are not being deleted.
        events: the events of its namespace, oldest first.
        nodes: the nodes by name; empty if they were not read.
        related: other objects that the subject refers to or depends on.
        known: the kinds whose related objects were read completely. An object of these kinds that is not in
            `related` does not exist.

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
        uid = involved["metadata"].get("uid")
        return [each for each in self.events if uid and each["involvedObject"].get("uid") == uid]

    def refusals(self) -> Objects:
        """Return the events of a controller that cannot create the subject's pods.

        Events before the subject's last change are left out, because the change may have fixed the problem.
        """
        changed = _last_change(self.subject)
        if not changed:
            return []
        name = self.subject["metadata"]["name"]
        return [
            each
            for each in self.events
            if each.get("reason") == "FailedCreate"
            and _makes_pods_for(each["involvedObject"], name)
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
    pick = (pick_pods or {}).get(subject["kind"], _own_pods)
    mine = pick(subject, [pod for pod in pods if not _is_terminating(pod)])
    return Facts(
        subject,
        tuple(mine),
        tuple(sorted(events, key=last_seen)),
        {node["metadata"]["name"]: node for node in nodes},
        tuple(related),
        frozenset(known),
    )


def _last_change(subject: Object) -> str:
    """Return the time of the subject's last change except to its status, by the server's clock."""
    metadata = subject["metadata"]
    managers = metadata.get("managedFields") or []
    times = [each.get("time", "") for each in managers if each.get("subresource") != "status"]
    return str(max([metadata.get("creationTimestamp", ""), *times]))


def _own_pods(subject: Object, pods: Objects) -> Objects:
    # Pods of an older version of the subject do not show its current problem.
    return [pod for pod in pods if _belongs_to(pod, subject) and not _is_outdated(pod, subject)]


def _belongs_to(pod: Object, subject: Object) -> bool:
    kind, name = subject["kind"], subject["metadata"]["name"]
    if kind == "Pod":
        return bool(pod["metadata"]["name"] == name)
    owners = pod["metadata"].get("ownerReferences") or []
    if any(owner["kind"] == kind and owner["name"] == name for owner in owners):
        return True
    labels = pod["metadata"].get("labels") or {}
    selector = (subject.get("spec") or {}).get("selector") or {}
    selected = (selector if kind == "Service" else selector.get("matchLabels")) or {}
    return bool(selected) and selected.items() <= labels.items()


def _is_terminating(pod: Object) -> bool:
    return "deletionTimestamp" in pod["metadata"]


def _is_outdated(pod: Object, subject: Object) -> bool:
    images = {each["name"]: each["image"] for each in pod["spec"]["containers"]}
    return any(
        images.get(name, image) != image for name, image in _template_images(subject).items()
    )


def _template_images(subject: Object) -> dict[str, str]:
    spec = subject.get("spec") or {}
    template = (spec.get("template") or {}).get("spec") or {}
    return {each["name"]: each["image"] for each in template.get("containers") or []}


def _makes_pods_for(involved: Object, name: str) -> bool:
    if involved["kind"] == "ReplicaSet":
        # The name of a ReplicaSet is that of its Deployment and a hash of the template.
        return bool(involved["name"].rpartition("-")[0] == name)
    return bool(involved["kind"] == "StatefulSet" and involved["name"] == name)
