"""Workloads that are told to run nothing, and what an object says of itself."""

from __future__ import annotations

from maidenhair.kube.diagnosis.causes.cause import Cause, Rule, evidence_of, message_of
from maidenhair.kube.diagnosis.facts import Facts
from maidenhair.kube.objects import condition, display_name, is_true

WORKLOADS = frozenset({"Deployment", "StatefulSet", "ReplicaSet"})


def absent(facts: Facts) -> Cause | None:
    """Tell of an object that does not exist."""
    if "uid" in facts.subject["metadata"]:
        return None
    return Cause(f"{display_name(facts.subject)} does not exist")


def paused(facts: Facts) -> Cause | None:
    """Tell of a Deployment whose changes do not reach its pods."""
    if facts.subject["kind"] != "Deployment" or not facts.subject["spec"].get("paused"):
        return None
    sentence = (
        f"{display_name(facts.subject)} is paused (spec.paused): its changes do not reach its pods"
    )
    return Cause(sentence, evidence_of(facts, facts.subject))


def scaled_to_nothing(facts: Facts) -> Cause | None:
    """Tell of a workload that is told to have no pods."""
    if facts.subject["kind"] not in WORKLOADS or facts.subject["spec"].get("replicas") != 0:
        return None
    return Cause(f"{display_name(facts.subject)} is scaled to 0 replicas, and so has no pods")


def own_condition(facts: Facts) -> Cause | None:
    """Tell of what an object says of itself."""
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
