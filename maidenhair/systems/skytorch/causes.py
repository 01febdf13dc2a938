"""Computes that nothing serves, other than by their pods and routes."""

from __future__ import annotations

from maidenhair.kube.diagnosis.causes.cause import Cause, Rule, evidence_of
from maidenhair.kube.diagnosis.facts import Facts
from maidenhair.kube.objects import Object, conditions, described

KIND = "Compute"
OPERATOR = "skytorch-operator"
OPERATOR_NAMESPACE = "skytorch-system"


def suspended(facts: Facts) -> Cause | None:
    """Tell of a Compute that is suspended, and so has no pod."""
    if not _is_compute(facts) or not facts.subject["spec"].get("suspend") or facts.pods:
        return None
    sentence = f"{described(facts.subject)} is suspended (spec.suspend), and so has no pod"
    return Cause(sentence, evidence_of(facts, facts.subject))


def operator_away(facts: Facts) -> Cause | None:
    """Tell of a Compute that its operator has not acted on because it is not there or does not run."""
    if not _is_compute(facts) or _was_acted_on(facts.subject):
        return None
    what = f"nothing has acted on {described(facts.subject)}"
    if facts.lacks("Deployment", OPERATOR, OPERATOR_NAMESPACE):
        sentence = (
            f"{what}: the SkyTorch operator is not installed "
            f"(there is no Deployment {OPERATOR_NAMESPACE}/{OPERATOR})"
        )
        return Cause(sentence, evidence_of(facts, facts.subject))
    operator = facts.find("Deployment", OPERATOR, OPERATOR_NAMESPACE)
    ready = ((operator or {}).get("status") or {}).get("readyReplicas", 0)
    if operator is None or ready:
        sentence = f"{what}: is the SkyTorch operator running?"
        return Cause(sentence, evidence_of(facts, facts.subject))
    wanted = operator["spec"].get("replicas", 1)
    sentence = (
        f"{what}: the SkyTorch operator ({described(operator)}) has {ready} of {wanted} pods ready"
    )
    return Cause(sentence, evidence_of(facts, operator))


RULES: tuple[Rule, ...] = (suspended, operator_away)


def _is_compute(facts: Facts) -> bool:
    return facts.subject["kind"] == KIND and "uid" in facts.subject["metadata"]


def _was_acted_on(compute: Object) -> bool:
    """Return whether the operator has told the status of the Compute as it is now."""
    generation = compute["metadata"].get("generation", 0)
    told = conditions(compute)
    return any(each.get("observedGeneration", generation) >= generation for each in told)
