"""HorizontalPodAutoscalers that cannot scale."""

from __future__ import annotations

from maidenhair.kube.diagnosis.causes.cause import Cause, Rule, evidence_of, message_of
from maidenhair.kube.diagnosis.facts import Facts
from maidenhair.kube.diagnosis.shapes import field_of, text
from maidenhair.kube.objects import condition, display_name, format_name

KIND = "HorizontalPodAutoscaler"


def no_target(facts: Facts) -> Cause | None:
    """Detect a HorizontalPodAutoscaler whose target does not exist or cannot be scaled."""
    able = condition(facts.subject, "AbleToScale")
    if facts.kind != KIND or able is None or able.get("status") != "False":
        return None
    target = field_of(facts.subject, "spec", "scaleTargetRef") or {}
    namespace = facts.subject["metadata"].get("namespace")
    name = format_name(text(target.get("kind")), text(target.get("name")), namespace)
    problem = message_of(able)
    if facts.is_missing(text(target.get("kind")), text(target.get("name")), namespace):
        problem = "it does not exist"
    sentence = f"{display_name(facts.subject)} cannot scale {name}: {problem}"
    return Cause(sentence, evidence_of(facts, facts.subject))


def no_metrics(facts: Facts) -> Cause | None:
    """Detect a HorizontalPodAutoscaler that cannot read its metrics."""
    active = condition(facts.subject, "ScalingActive")
    if facts.kind != KIND or active is None or active.get("status") != "False":
        return None
    if active.get("reason") == "ScalingDisabled":
        sentence = f"{display_name(facts.subject)} does not scale: {message_of(active)}"
    else:
        sentence = (
            f"{display_name(facts.subject)} cannot read its metrics: {message_of(active)}; "
            "check that the metrics API is served and that the pods request the resource"
        )
    return Cause(sentence, evidence_of(facts, facts.subject))


RULES: tuple[Rule, ...] = (no_target, no_metrics)
