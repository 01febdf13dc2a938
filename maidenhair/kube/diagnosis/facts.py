"""The facts from which a cause is told: an object, its pods, and the events around them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from maidenhair.kube.objects import Object, Objects, last_seen

ROUTES = ("GRPCRoute", "HTTPRoute")
SECONDS = len("2026-01-31T12:00:00")

PickPods = Callable[[Object, Objects], Objects]
"""Picks an object's current pods out of those of its namespace."""


@dataclass(frozen=True)
class Facts:
    """What is known about an object.

    Attributes:
        subject: the object; of one that does not exist (yet), its apiVersion, kind and metadata.
        pods: its pods that are not being deleted.
        events: the events of its namespace, oldest first.
        nodes: nodes by name, as far as they were asked for.
        around: other objects that the subject names or needs.
        known: the kinds of which all that the subject names were asked for, so that one that is not
            in `around` does not exist.

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
        """Return the objects of a kind that are around the subject."""
        return [each for each in self.related if each["kind"] == kind]

    def find(self, kind: str, name: str, namespace: str | None = None) -> Object | None:
        """Return an object that is around the subject, or None where it is not known."""
        for each in self.of_kind(kind):
            metadata = each["metadata"]
            if metadata["name"] == name and metadata.get("namespace") == namespace:
                return each
        return None

    def is_missing(self, kind: str, name: str, namespace: str | None = None) -> bool:
        """Return whether it is known that there is no object of a name."""
        return kind in self.known and self.find(kind, name, namespace) is None

    def events_of(self, involved: Object) -> Objects:
        """Return the events of an object, oldest first, without those of a namesake before it."""
        uid = involved["metadata"].get("uid")
        return [each for each in self.events if uid and each["involvedObject"].get("uid") == uid]

    def refusals(self) -> Objects:
        """Return the events by which a controller says that it cannot make the subject's pods.

        Those from before the subject's last change do not count: it may have been about them.
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
    """Return the facts about `subject`, picked from what its namespace has, and what is around it.

    Args:
        subject: the object.
        pods: the pods of its namespace.
        events: the events of its namespace.
        nodes: nodes, as far as they were asked for.
        around: other objects that the subject names or needs.
        known: see `Facts.known`.
        pick_pods: by kind, picks an object's pods where neither owner references nor a selector lead to it.
    """
    pick = (pick_pods or {}).get(subject["kind"], _own_pods)
    mine = pick(subject, [pod for pod in pods if not _ends(pod)])
    return Facts(
        subject,
        tuple(mine),
        tuple(sorted(events, key=last_seen)),
        {node["metadata"]["name"]: node for node in nodes},
        tuple(related),
        frozenset(known),
    )


def _last_change(subject: Object) -> str:
    """Return when the subject was last changed other than in its status, by the server's clock."""
    metadata = subject["metadata"]
    managers = metadata.get("managedFields") or []
    times = [each.get("time", "") for each in managers if each.get("subresource") != "status"]
    return str(max([metadata.get("creationTimestamp", ""), *times]))


def _own_pods(subject: Object, pods: Objects) -> Objects:
    # Of pods of an older version of the subject, the newer ones say what is the matter now.
    return [pod for pod in pods if _belongs(pod, subject) and not _outdated(pod, subject)]


def _belongs(pod: Object, subject: Object) -> bool:
    kind, name = subject["kind"], subject["metadata"]["name"]
    if kind == "Pod":
        return bool(pod["metadata"]["name"] == name)
    owners = pod["metadata"].get("ownerReferences") or []
    if any(owner["kind"] == kind and owner["name"] == name for owner in owners):
        return True
    labels = pod["metadata"].get("labels") or {}
    selector = (subject.get("spec") or {}).get("selector") or {}
    wanted = (selector if kind == "Service" else selector.get("matchLabels")) or {}
    return bool(wanted) and wanted.items() <= labels.items()


def _ends(pod: Object) -> bool:
    return "deletionTimestamp" in pod["metadata"]


def _outdated(pod: Object, subject: Object) -> bool:
    wanted = _wanted_images(subject)
    has = {each["name"]: each["image"] for each in pod["spec"]["containers"]}
    return any(name in has and has[name] != image for name, image in wanted.items())


def _wanted_images(subject: Object) -> dict[str, str]:
    spec = subject.get("spec") or {}
    template = (spec.get("template") or {}).get("spec") or {}
    return {each["name"]: each["image"] for each in template.get("containers") or []}


def _makes_pods_for(involved: Object, name: str) -> bool:
    if involved["kind"] == "ReplicaSet":
        # A Deployment's ReplicaSets add a hash of the template to its name.
        return bool(involved["name"].rpartition("-")[0] == name)
    return bool(involved["kind"] == "StatefulSet" and involved["name"] == name)
