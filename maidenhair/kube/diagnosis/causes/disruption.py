"""PodDisruptionBudgets that allow no pod to be evicted."""

from __future__ import annotations

from dataclasses import replace

from maidenhair.kube.diagnosis.causes.cause import Cause, Rule, evidence_of
from maidenhair.kube.diagnosis.facts import Facts
from maidenhair.kube.diagnosis.shapes import field_of, mapping
from maidenhair.kube.objects import display_name

KIND = "PodDisruptionBudget"


def protects_no_pod(facts: Facts) -> Cause | None:
    """Detect a PodDisruptionBudget that selects no pod."""
    if facts.kind != KIND or field_of(facts.subject, "status", "expectedPods") != 0:
        return None
    sentence = f"{display_name(facts.subject)} selects no pod, so it protects none"
    return Cause(sentence, evidence_of(facts, facts.subject))


def blocks_evictions(facts: Facts) -> Cause | None:
    """Detect a PodDisruptionBudget that allows no disruption."""
    sentence = _blocked(facts)
    return None if sentence is None else Cause(sentence, evidence_of(facts, facts.subject))


RULES: tuple[Rule, ...] = (protects_no_pod, blocks_evictions)


def for_budget(facts: Facts, cause: Cause) -> Cause:
    """Turn a cause of a budget's pods into one of the budget, if it allows no disruption."""
    sentence = _blocked(facts)
    return cause if sentence is None else replace(cause, sentence=f"{sentence}; {cause.sentence}")


def _blocked(facts: Facts) -> str | None:
    status, spec = (mapping(facts.subject.get(name)) for name in ("status", "spec"))
    if facts.kind != KIND or status.get("disruptionsAllowed") != 0:
        return None
    limits = [f"{name} {spec[name]}" for name in ("minAvailable", "maxUnavailable") if name in spec]
    return (
        f"{display_name(facts.subject)} blocks evictions: {status.get('currentHealthy')} of "
        f"{status.get('expectedPods')} pods are healthy, and {status.get('desiredHealthy')} must be "
        f"({' and '.join(limits)})"
    )
