"""Find the objects that an object owns, directly or through others, and those that own it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from maidenhair.errors import ApiRefused, KubernetesError
from maidenhair.kube.diagnosis.related_objects import Reader, ServedKinds
from maidenhair.kube.diagnosis.shapes import (
    FRAMEWORK_GROUPS,
    framework_kind,
    group_of,
    mapping,
    metadata_of,
    owner_references,
    text,
)
from maidenhair.kube.objects import Object, Objects

MOST_OWNERS = 10
REVISION = "deployment.kubernetes.io/revision"
Kind = tuple[str, str]

_OWNED: dict[str, tuple[Kind, ...]] = {
    "Deployment": (("apps/v1", "ReplicaSet"),),
    "CronJob": (("batch/v1", "Job"),),
}
_WORKLOADS: tuple[Kind, ...] = (
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "ReplicaSet"),
    ("batch/v1", "CronJob"),
    ("batch/v1", "Job"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "Service"),
    ("networking.k8s.io/v1", "Ingress"),
)
"""The kinds of Kubernetes that custom resources own and that can have a problem."""


class Client(Reader, Protocol):
    """The part of a client that finding owned objects and owners uses."""

    @property
    def discovery(self) -> ServedKinds:
        """Return the kinds that the server serves."""


def find_owned(kube: Client, subject: Object) -> Objects:
    """Return the objects other than pods that an object owns, directly or through others, the innermost first.

    For a custom resource all kinds are searched that can have a problem: workloads and custom resources. Of the
    ReplicaSets of a Deployment and of the Jobs of a CronJob only the latest is returned. Kinds that the account may
    not list are left out.

    Raises:
        ApiUnreachable: the API server did not answer.
    """
    if "uid" not in metadata_of(subject):
        return []
    kind = framework_kind(subject)
    kinds: Iterable[Kind] = _kinds_of_cluster(kube) if "." in kind else _OWNED.get(kind, ())
    namespace = metadata_of(subject).get("namespace")
    candidates = [each for one in kinds for each in _list(kube, one, namespace)]
    found: Objects = []
    generation = [subject]
    while generation:
        uids = {metadata_of(each).get("uid") for each in (subject, *found)} - {None}
        owners = {metadata_of(each).get("uid") for each in generation} - {None}
        generation = [
            each
            for each in candidates
            if any(owner.get("uid") in owners for owner in owner_references(each))
            and metadata_of(each).get("uid") not in uids
        ]
        found = [*_latest(generation), *found]
        generation = _latest(generation)
    return found


def find_owners(kube: Reader, subject: Object) -> Objects:
    """Return the objects that own an object, the nearest first, as far as the account may read them.

    Raises:
        ApiUnreachable: the API server did not answer.
    """
    owners: Objects = []
    namespace = metadata_of(subject).get("namespace")
    generation = [subject]
    while generation and len(owners) < MOST_OWNERS:
        generation = [
            owner
            for each in generation
            for reference in owner_references(each)
            if (owner := _get(kube, reference, namespace)) is not None and owner not in owners
        ]
        owners += generation
    return owners


def _latest(objects: Objects) -> Objects:
    """Return objects without all but the latest ReplicaSet of each Deployment and the latest Job of each CronJob."""
    latest: dict[tuple[str, str], Object] = {}
    others = []
    for each in objects:
        owner = next((one for one in owner_references(each) if one.get("kind") in _OWNED), None)
        if owner is None or framework_kind(each) not in ("ReplicaSet", "Job"):
            others.append(each)
            continue
        key = (framework_kind(each), text(owner.get("uid")))
        if key not in latest or _age(each) > _age(latest[key]):
            latest[key] = each
    return [*others, *latest.values()]


def _age(manifest: Object) -> tuple[int, str]:
    revision = text(mapping(metadata_of(manifest).get("annotations")).get(REVISION))
    created = text(metadata_of(manifest).get("creationTimestamp"))
    return (int(revision) if revision.isdecimal() else 0, created)


def _kinds_of_cluster(kube: Client) -> Iterator[Kind]:
    try:
        served = kube.discovery.all()
    except KubernetesError:
        served = []
    for each in served:
        is_custom = group_of(each.api_version) not in FRAMEWORK_GROUPS
        # Metrics can be listed, but not deleted: they are no objects.
        if is_custom and each.namespaced and {"list", "delete"} <= each.verbs:
            yield each.api_version, each.kind
    yield from _WORKLOADS


def _list(kube: Reader, kind: Kind, namespace: str | None) -> Objects:
    try:
        return kube.list(*kind, namespace)
    except ApiRefused:
        # The account may not list the kind, or a conversion webhook of it is broken.
        return []


def _get(kube: Reader, reference: Object, namespace: str | None) -> Object | None:
    try:
        return kube.get(
            text(reference.get("apiVersion")),
            text(reference.get("kind")),
            text(reference.get("name")),
            namespace,
        )
    except ApiRefused:
        return None
