"""Objects that do not exist, workloads that are stopped, and objects whose own conditions report a problem."""

from __future__ import annotations

from maidenhair.kube.diagnosis.causes.cause import Cause, Rule, evidence_of, message_of
from maidenhair.kube.diagnosis.facts import Facts
from maidenhair.kube.objects import condition, display_name, is_true

WORKLOADS = frozenset({"Deployment", "StatefulSet", "ReplicaSet"})


def absent(facts: Facts) -> Cause | None:
    """Detect an object that does not exist."""
    if "uid" in facts.subject["metadata"]:
        return None
    return Cause(f"{display_name(facts.subject)} does not exist")


def paused(facts: Facts) -> Cause | None:
    """Detect a paused Deployment, whose changes are not rolled out."""
    if facts.subject["kind"] != "Deployment" or not facts.subject["spec"].get("paused"):
        return None
    sentence = (
        f"{display_name(facts.subject)} is paused (spec.paused), so its changes are not rolled out"
    )
    return Cause(sentence, evidence_of(facts, facts.subject))


def scaled_to_nothing(facts: Facts) -> Cause | None:
    """Detect a workload that is scaled to 0 replicas."""
    if facts.subject["kind"] not in WORKLOADS or facts.subject["spec"].get("replicas") != 0:
        return None
    return Cause(f"{display_name(facts.subject)} is scaled to 0 replicas, so it has no pods")


def own_condition(facts: Facts) -> Cause | None:
    """Detect an object whose own conditions report a problem."""
    for kind in ("Ready", "Available", "Programmed", "Accepted"):
        found = condition(facts.subject, kind)
        if found and not is_true(found):
            evidence = evidence_of(facts, facts.subject)
            return Cause(
                f"{display_name(facts.subject)} is not {kind}: {message_of(found)}", evidence
            )
    return None


RULES: tuple[Rule, ...] = (absent, scaled_to_nothing, paused)
SYMPTOMS: tuple[Rule, ...] = (own_condition,)
