"""Objects whose deletion does not complete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maidenhair.kube.diagnosis.causes.cause import Cause, Rule, evidence_of
from maidenhair.kube.diagnosis.facts import Facts
from maidenhair.kube.diagnosis.shapes import field_of
from maidenhair.kube.objects import Object, condition, conditions, display_name, is_true

# Finalizers of Kubernetes itself, and the reason for each.
_IN_USE = {
    "kubernetes.io/pvc-protection": "a pod uses it",
    "kubernetes.io/pv-protection": "a claim is bound to it",
    "foregroundDeletion": "its dependents are deleted first",
    "orphan": "its dependents are orphaned first",
    "batch.kubernetes.io/job-tracking": "its Job has not counted it yet",
}


def undiscovered_kinds(facts: Facts) -> Cause | None:
    """Detect a namespace that cannot be emptied because an aggregated API does not list its objects."""
    for kind in (
        "NamespaceDeletionDiscoveryFailure",
        "NamespaceDeletionGroupVersionParsingFailure",
    ):
        if found := _holding(facts, kind):
            sentence = (
                f"{display_name(facts.subject)} cannot be emptied because an aggregated API does not answer: "
                f"{found.get('message')}"
            )
            return Cause(sentence, _conditions(facts.subject))
    return None


def finalizers_remain(facts: Facts) -> Cause | None:
    """Detect a namespace in which objects have finalizers that no controller removes."""
    found = _holding(facts, "NamespaceFinalizersRemaining")
    if found is None:
        return None
    sentence = (
        f"{display_name(facts.subject)} is not gone because its objects still have finalizers: "
        f"{_part_after_colon(found)}"
    )
    return Cause(sentence, _conditions(facts.subject))


def content_remains(facts: Facts) -> Cause | None:
    """Detect a namespace that still contains objects."""
    found = _holding(facts, "NamespaceContentRemaining")
    if found is None:
        return None
    sentence = f"{display_name(facts.subject)} is not gone because it still contains: {_part_after_colon(found)}"
    return Cause(sentence, _conditions(facts.subject))


def waits_for_finalizers(facts: Facts) -> Cause | None:
    """Detect an object that is being deleted and has finalizers."""
    metadata = facts.subject["metadata"]
    own = facts.kind == "Namespace" and field_of(facts.subject, "spec", "finalizers")
    finalizers = (metadata.get("finalizers") or []) + (own or [])
    if "deletionTimestamp" not in metadata or not finalizers:
        return None
    listed = ", ".join(
        f"{each} ({_IN_USE[each]})" if each in _IN_USE else each for each in finalizers
    )
    sentence = (
        f"{display_name(facts.subject)} is being deleted and waiting for finalizers: {listed}"
    )
    return Cause(sentence, evidence_of(facts, facts.subject))


def namespace_is_going(facts: Facts) -> Cause | None:
    """Detect an object in a namespace that is being deleted, where no objects can be created."""
    name = facts.subject["metadata"].get("namespace")
    namespace = facts.find("Namespace", name) if name else None
    if namespace is None or not _is_terminating(namespace):
        return None
    sentence = (
        f"{display_name(namespace)} of {display_name(facts.subject)} is being deleted: "
        "no objects can be created there"
    )
    return Cause(sentence, _conditions(namespace), hopeless=True)


RULES: tuple[Rule, ...] = (
    undiscovered_kinds,
    finalizers_remain,
    content_remains,
    waits_for_finalizers,
    namespace_is_going,
)


def _holding(facts: Facts, kind: str) -> Mapping[str, Any] | None:
    """Return a True condition of the subject if the subject is a namespace that is being deleted."""
    found = condition(facts.subject, kind)
    return found if _is_terminating(facts.subject) and is_true(found) else None


def _is_terminating(namespace: Object) -> bool:
    return namespace["kind"] == "Namespace" and "deletionTimestamp" in namespace["metadata"]


def _part_after_colon(found: Mapping[str, Any]) -> str:
    """Return the part of a condition's message after the first colon."""
    message = str(found.get("message", ""))
    return message.partition(": ")[2] or message


def _conditions(namespace: Object) -> tuple[str, ...]:
    # The conditions of a namespace are True if there is a problem.
    return tuple(
        f"{display_name(namespace)}: condition {each['type']}: {each.get('message')}"
        for each in conditions(namespace)
        if is_true(each)
    )
