"""Deployments that have exceeded their progress deadline, and DaemonSets that run on no node."""

from __future__ import annotations

from dataclasses import replace

from maidenhair.kube.diagnosis.causes.cause import (
    Cause,
    Rule,
    evidence_of,
    format_labels,
    message_of,
)
from maidenhair.kube.diagnosis.facts import Facts
from maidenhair.kube.diagnosis.shapes import field_of, mapping, mappings
from maidenhair.kube.objects import condition, display_name

DEADLINE = "ProgressDeadlineExceeded"


def past_deadline(facts: Facts) -> Cause | None:
    """Detect a Deployment that has exceeded its progress deadline."""
    sentence = _past_deadline(facts)
    if sentence is None:
        return None
    progressing = condition(facts.subject, "Progressing") or {}
    reason = message_of(progressing)
    return Cause(f"{sentence}: {reason}", evidence_of(facts, facts.subject))


def on_no_node(facts: Facts) -> Cause | None:
    """Detect a DaemonSet for which no node is suitable."""
    status = field_of(facts.subject, "status")
    if facts.kind != "DaemonSet" or field_of(status, "desiredNumberScheduled") != 0:
        return None
    if field_of(status, "observedGeneration") != facts.subject["metadata"].get("generation"):
        return None
    spec = mapping(field_of(facts.subject, "spec", "template", "spec"))
    selector = mapping(spec.get("nodeSelector"))
    parts = [f"its nodeSelector {format_labels(selector)}"] if selector else []
    if field_of(spec, "affinity", "nodeAffinity"):
        parts.append("its node affinity")
    why = f"no node matches {' and '.join(parts) or 'it'}"
    if taints := _taints(facts):
        why += f"; the nodes have the taints {', '.join(taints)}"
    if not facts.nodes:
        why += " (no nodes were found)"
    sentence = f"{display_name(facts.subject)} runs on no node: {why}"
    return Cause(sentence, evidence_of(facts, facts.subject))


RULES: tuple[Rule, ...] = (on_no_node, past_deadline)


def for_deployment(facts: Facts, cause: Cause) -> Cause:
    """Turn a cause of a Deployment's pods into one of the Deployment, if it has exceeded its progress deadline."""
    sentence = _past_deadline(facts)
    return cause if sentence is None else replace(cause, sentence=f"{sentence}: {cause.sentence}")


def _taints(facts: Facts) -> list[str]:
    taints = (
        f"{each.get('key')}:{each.get('effect')}"
        for node in facts.nodes.values()
        for each in mappings(field_of(node, "spec", "taints"))
    )
    return list(dict.fromkeys(taints))


def _past_deadline(facts: Facts) -> str | None:
    progressing = condition(facts.subject, "Progressing") or {}
    if facts.kind != "Deployment" or progressing.get("reason") != DEADLINE:
        return None
    seconds = field_of(facts.subject, "spec", "progressDeadlineSeconds")
    return f"{display_name(facts.subject)} has exceeded its progress deadline of {seconds} s"
