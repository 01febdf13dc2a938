"""The likely causes of the problems of a namespace: one explanation for each object that has a problem."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from maidenhair.kube.diagnosis.collected import Collected
from maidenhair.kube.diagnosis.explanation import Explanation, explain_object
from maidenhair.kube.diagnosis.shapes import framework_kind, metadata_of, owner_references
from maidenhair.kube.objects import Object, Objects, display_name

MOST = 10
MOST_EXPLAINED = 40
WORKLOADS = (
    "StatefulSet",
    "Deployment",
    "DaemonSet",
    "CronJob",
    "Job",
    "ReplicaSet",
    "Pod",
    "PersistentVolumeClaim",
)
DEPENDENT_KINDS = ("Service", "Ingress", "HorizontalPodAutoscaler", "GRPCRoute", "HTTPRoute")
"""Kinds whose problems mostly repeat those of workloads. They are explained if there is no other cause."""


def likely_causes(collected: Collected) -> list[str]:
    """Return the lines about the problems in a namespace, the objects of systems and custom resources first.

    Objects that others own are explained with their owners.
    """
    for objects in (_primary(collected), _of_kinds(collected, DEPENDENT_KINDS)):
        found = [each for each in _explained(collected, objects) if each.found]
        if found:
            distinct = {each.sentence: each for each in found}
            return [line for each in distinct.values() for line in str(each).splitlines()]
    return []


def _explained(collected: Collected, objects: Iterable[Object]) -> Iterator[Explanation]:
    causes = 0
    for number, each in enumerate(objects):
        if causes == MOST or number == MOST_EXPLAINED:
            return
        found = collected.budget.fetch(
            f"the likely cause of {display_name(each)}",
            partial(explain_object, collected, each),
            None,
        )
        if found is not None:
            causes += found.found
            yield found


def _primary(collected: Collected) -> Objects:
    """Return the objects of systems, the other custom resources, and the workloads, without those that others own."""
    uids = {metadata_of(each).get("uid") for each in collected.everything()}
    everything = [
        each
        for each in collected.everything()
        if not any(owner.get("uid") in uids for owner in owner_references(each))
    ]
    owners = collected.knowledge.owners
    of_systems = [each for kind in owners for each in everything if each["kind"] == kind]
    custom = [each for each in everything if "." in framework_kind(each)]
    workloads = [each for kind in WORKLOADS for each in everything if framework_kind(each) == kind]
    return list({id(each): each for each in (*of_systems, *custom, *workloads)}.values())


def _of_kinds(collected: Collected, kinds: tuple[str, ...]) -> Objects:
    return [each for each in collected.everything() if framework_kind(each) in kinds]
