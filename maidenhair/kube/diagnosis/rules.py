"""From facts to the likely cause, in one sentence: pure functions, no requests.

Each module of `causes` has those of one group, as a list of rules in the order in which they are tried: what is at the
root of others comes first. The rules of systems under test come with their `Knowledge`.
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
from maidenhair.kube.diagnosis.causes.cause import Cause, PodRule, Rule, first
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
    """Return the likely cause of what `facts` show, or None where they show nothing wrong.

    Args:
        facts: the facts.
        knowledge: what systems under test add; of it the rules are used.
    """
    going = first(deletion.RULES, facts)
    if going is not None:
        return going
    # The first of those that end all hope, else the first.
    for cause in sorted(_of_pods(facts), key=lambda each: not each.hopeless):
        return services.behind_service(facts, cause)
    return first((*workloads.RULES, *knowledge.rules, *SUBJECT_RULES), facts)


def _of_pods(facts: Facts) -> Iterator[Cause]:
    for rule in POD_RULES:
        for pod in facts.pods:
            if (cause := rule(facts, pod)) is not None:
                yield cause
    yield from (cause for rule in admission.RULES if (cause := rule(facts)) is not None)
