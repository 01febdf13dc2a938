"""CustomResourceDefinitions that are not served."""

from __future__ import annotations

from maidenhair.kube.diagnosis.causes.cause import Cause, Rule, evidence_of, message_of
from maidenhair.kube.diagnosis.facts import Facts
from maidenhair.kube.objects import condition, display_name, is_true

KIND = "CustomResourceDefinition"


def refused_names(facts: Facts) -> Cause | None:
    """Detect a CustomResourceDefinition whose names another one uses."""
    accepted = condition(facts.subject, "NamesAccepted")
    if facts.kind != KIND or accepted is None or is_true(accepted):
        return None
    sentence = f"the names of {display_name(facts.subject)} are refused: {message_of(accepted)}"
    return Cause(sentence, evidence_of(facts, facts.subject))


def not_established(facts: Facts) -> Cause | None:
    """Detect a CustomResourceDefinition whose objects the API server does not serve."""
    established = condition(facts.subject, "Established")
    if facts.kind != KIND or not facts.exists or is_true(established):
        return None
    reason = message_of(established) if established else "the API server has not acted on it"
    sentence = f"{display_name(facts.subject)} is not served: {reason}"
    return Cause(sentence, evidence_of(facts, facts.subject))


RULES: tuple[Rule, ...] = (refused_names, not_established)
