"""Derive the likely cause from facts. Rules are pure functions and send no requests.

Each module of `causes` lists the rules of one group in the order in which they are tried. Rules for root causes come
first. The rules of systems under test come with their `Knowledge`.
"""

from __future__ import annotations

from collections.abc import Iterator

from maidenhair.kube.diagnosis.causes import (
    admission,
    containers,
    deletion,
    gateway,
    images,
    nodes,
    sandboxes,
    scheduling,
    services,
    storage,
    workloads,
)
from maidenhair.kube.diagnosis.causes.cause import Cause, PodRule, Rule, first_cause
from maidenhair.kube.diagnosis.facts import Facts
from maidenhair.kube.diagnosis.knowledge import NO_KNOWLEDGE, Knowledge

__all__ = ["Cause", "likely_cause"]

POD_RULES: tuple[PodRule, ...] = (
    *nodes.POD_RULES,
    *images.RULES,
    *containers.RULES,
    *storage.POD_RULES,
    *sandboxes.RULES,
    *scheduling.RULES,
    *containers.SYMPTOMS,
)
SUBJECT_RULES: tuple[Rule, ...] = (
    *storage.RULES,
    *services.RULES,
    *gateway.RULES,
    *nodes.RULES,
    *workloads.SYMPTOMS,
)


def likely_cause(facts: Facts, knowledge: Knowledge = NO_KNOWLEDGE) -> Cause | None:
    """Return the likely cause of a problem, or None if the facts show no problem.

    Args:
        facts: the facts about an object.
        knowledge: the additions of systems under test; its rules are used.
    """
    deleting = first_cause(deletion.RULES, facts)
    if deleting is not None:
        return deleting
    # The first hopeless cause, otherwise the first cause.
    for cause in sorted(_of_pods(facts), key=lambda each: not each.hopeless):
        return services.for_service(facts, cause)
    return first_cause((*workloads.RULES, *knowledge.rules, *SUBJECT_RULES), facts)


def _of_pods(facts: Facts) -> Iterator[Cause]:
    for rule in POD_RULES:
        for pod in facts.pods:
            if (cause := rule(facts, pod)) is not None:
                yield cause
    yield from (cause for rule in admission.RULES if (cause := rule(facts)) is not None)
