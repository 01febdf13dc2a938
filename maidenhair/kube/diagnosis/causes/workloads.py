"""Objects that do not exist, and workloads that are stopped."""

from __future__ import annotations

from maidenhair.kube.diagnosis.causes.cause import Cause, Rule, evidence_of
from maidenhair.kube.diagnosis.facts import Facts
from maidenhair.kube.objects import display_name

WORKLOADS = frozenset({"Deployment", "StatefulSet", "ReplicaSet"})


def absent(facts: Facts) -> Cause | None:
    """Detect an object that does not exist."""
    if facts.exists:
        return None
    return Cause(f"{display_name(facts.subject)} does not exist")


def paused(facts: Facts) -> Cause | None:
    """Detect a paused Deployment, whose changes are not rolled out."""
    if facts.kind != "Deployment" or not facts.subject["spec"].get("paused"):
        return None
    sentence = (
        f"{display_name(facts.subject)} is paused (spec.paused), so its changes are not rolled out"
    )
    return Cause(sentence, evidence_of(facts, facts.subject))


def scaled_to_nothing(facts: Facts) -> Cause | None:
    """Detect a workload that is scaled to 0 replicas."""
    if facts.kind not in WORKLOADS or facts.subject["spec"].get("replicas") != 0:
        return None
    return Cause(f"{display_name(facts.subject)} is scaled to 0 replicas, so it has no pods")


RULES: tuple[Rule, ...] = (absent, scaled_to_nothing, paused)
