"""Derive the likely cause from facts. Rules are pure functions and send no requests.

Each module of `causes` lists the rules of one group in the order in which they are tried. Rules for root causes come
first. The rules of systems under test come with their `Knowledge`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from maidenhair.kube.diagnosis.causes import (
    admission,
    autoscaling,
    containers,
    definitions,
    deletion,
    disruption,
    gateway,
    images,
    ingress,
    jobs,
    nodes,
    own_reports,
    rollouts,
    sandboxes,
    scheduling,
    services,
    storage,
    workloads,
)
from maidenhair.kube.diagnosis.causes.cause import Cause, PodRule, Rule
from maidenhair.kube.diagnosis.facts import Facts
from maidenhair.kube.diagnosis.knowledge import NO_KNOWLEDGE, Knowledge
from maidenhair.kube.diagnosis.shapes import SHAPE_ERRORS, field_of
from maidenhair.kube.objects import display_name

__all__ = ["Cause", "Finding", "all_rules", "find_cause", "likely_cause"]

POD_RULES: tuple[PodRule, ...] = (
    *nodes.POD_RULES,
    *images.RULES,
    *containers.RULES,
    *storage.POD_RULES,
    *sandboxes.RULES,
    *scheduling.RULES,
    *containers.SYMPTOMS,
)
FIRST_RULES: tuple[Rule, ...] = (*workloads.RULES, *jobs.RULES)
SUBJECT_RULES: tuple[Rule, ...] = (
    *storage.RULES,
    *services.RULES,
    *gateway.RULES,
    *ingress.RULES,
    *nodes.RULES,
    *rollouts.RULES,
    *autoscaling.RULES,
    *disruption.RULES,
    *definitions.RULES,
)
"""The rules for kinds of Kubernetes and of the Gateway API."""


def all_rules() -> tuple[Rule | PodRule, ...]:
    """Return every rule, in the order in which they are tried."""
    return (
        *deletion.RULES,
        *POD_RULES,
        *admission.RULES,
        *FIRST_RULES,
        *SUBJECT_RULES,
        *own_reports.RULES,
    )


Frame = Callable[[Facts, Cause], Cause]
FRAMES: tuple[Frame, ...] = (
    services.for_service,
    jobs.for_job,
    rollouts.for_deployment,
    disruption.for_budget,
    own_reports.for_custom_resource,
)
"""Functions that turn a cause of the subject's pods into one of the subject."""


@dataclass(frozen=True)
class Finding:
    """The result of trying the rules.

    Attributes:
        cause: the likely cause, or None if the facts show no problem.
        unread: a line for each rule that failed, because an object has another shape than the rule expects.
    """

    cause: Cause | None
    unread: tuple[str, ...] = ()


def likely_cause(facts: Facts, knowledge: Knowledge = NO_KNOWLEDGE) -> Cause | None:
    """Return the likely cause of a problem, or None if the facts show no problem.

    Args:
        facts: the facts about an object.
        knowledge: the additions of systems under test; its rules are used.
    """
    return find_cause(facts, knowledge).cause


def find_cause(facts: Facts, knowledge: Knowledge = NO_KNOWLEDGE) -> Finding:
    """Find the likely cause of a problem, as `likely_cause`. A rule that fails is passed over and reported."""
    trial = _Trial(facts, knowledge)
    causes = (each() for each in (trial.deletion, trial.pods, trial.subject, trial.owned))
    cause = next((each for each in causes if each is not None), None)
    if cause is None:
        cause = trial.first(own_reports.RULES)
    return Finding(cause, tuple(dict.fromkeys(trial.unread)))


@dataclass
class _Trial:
    """One trial of the rules on facts."""

    facts: Facts
    knowledge: Knowledge
    unread: list[str] = field(default_factory=list)

    def deletion(self) -> Cause | None:
        return self.first(deletion.RULES)

    def pods(self) -> Cause | None:
        """Return the first hopeless cause of the subject's pods, otherwise their first cause."""
        if self._try(jobs.is_complete, self.facts):
            return None
        found = sorted(self._causes_of_pods(), key=lambda each: not each.hopeless)
        if not found:
            return None
        cause = found[0]
        for frame in FRAMES:
            cause = self._try(frame, self.facts, cause) or cause
        return cause

    def subject(self) -> Cause | None:
        return self.first((*FIRST_RULES, *self.knowledge.rules, *SUBJECT_RULES))

    def owned(self) -> Cause | None:
        """Return the first cause of an object that the subject owns, the innermost first."""
        for each in self.facts.owned:
            if field_of(each, "spec", "replicas") == 0:
                continue
            rules = (*admission.RULES, *jobs.RULES, *self.knowledge.rules, *SUBJECT_RULES)
            cause = self.first((*rules, *own_reports.RULES), self.facts.about(each))
            if cause is not None:
                belongs = f"{display_name(each)} belongs to {display_name(self.facts.subject)}"
                own = self.first((own_reports.reported_problem,))
                reported = (own.sentence, *own.evidence) if own is not None else ()
                cause = replace(cause, evidence=(*cause.evidence, belongs, *reported))
                return own_reports.for_custom_resource(self.facts, cause)
        return None

    def first(self, rules: Iterable[Rule], facts: Facts | None = None) -> Cause | None:
        """Return the cause of the first rule that applies, or None."""
        causes = (self._try(rule, facts or self.facts) for rule in rules)
        return next((each for each in causes if each is not None), None)

    def _causes_of_pods(self) -> Iterator[Cause]:
        for rule in POD_RULES:
            for pod in self.facts.pods:
                if (cause := self._try(rule, self.facts, pod)) is not None:
                    yield cause
        for admitted in admission.RULES:
            if (cause := self._try(admitted, self.facts)) is not None:
                yield cause

    def _try(self, rule: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return rule(*arguments)
        except SHAPE_ERRORS as error:
            # The other rules still help. Custom resources may have any shape.
            self.unread.append(
                f"the rule {rule.__module__}.{rule.__qualname__} cannot read the object: "
                f"{type(error).__name__}: {error}"
            )
            return None
