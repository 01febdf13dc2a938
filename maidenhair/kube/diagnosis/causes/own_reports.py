"""Problems that an object of any kind reports itself: Warning events, conditions, phases and messages."""

from __future__ import annotations

from dataclasses import replace

from maidenhair.kube.diagnosis.causes.cause import Cause, Rule, evidence_of, message_of
from maidenhair.kube.diagnosis.facts import SECONDS, Facts
from maidenhair.kube.diagnosis.reported_state import generation_behind, problems_in, well_since
from maidenhair.kube.objects import Object, display_name, last_seen

# A controller that reads an old version of an object tries again at once.
CONFLICT = "the object has been modified"


def warning_event(facts: Facts) -> Cause | None:
    """Detect an object of any kind with a Warning event since it last reported that it is well."""
    if not facts.exists:
        return None
    since = well_since(facts.subject)
    warnings = [each for each in facts.events_of(facts.subject) if _is_warning(each)]
    if since == "" or not warnings:
        return None
    last = warnings[-1]
    if since is not None and last_seen(last)[:SECONDS] <= since[:SECONDS]:
        return None
    sentence = f"{display_name(facts.subject)} has a warning: {message_of(last)}"
    return Cause(sentence, evidence_of(facts, facts.subject))


def generation_not_observed(facts: Facts) -> Cause | None:
    """Detect an object whose controller has not acted on its last change."""
    behind = generation_behind(facts.subject)
    if behind is None:
        return None
    sentence = (
        f"no controller has acted on the last change of {display_name(facts.subject)} (its status is about "
        f"generation {behind[0]}, the object has generation {behind[1]}); check that its controller is running"
    )
    return Cause(sentence, evidence_of(facts, facts.subject))


def reported_problem(facts: Facts) -> Cause | None:
    """Detect an object whose conditions, phase or messages report a problem."""
    problems = problems_in(facts.subject)
    if not problems:
        return None
    name = display_name(facts.subject)
    more = tuple(f"{name} {each.summary}" for each in problems[1:])
    shown = evidence_of(facts, facts.subject)
    return Cause(f"{name} {problems[0].summary}", tuple(dict.fromkeys((*shown, *more))))


RULES: tuple[Rule, ...] = (warning_event, generation_not_observed, reported_problem)


def for_custom_resource(facts: Facts, cause: Cause) -> Cause:
    """Add a failure that a custom resource reports to a cause of its pods."""
    problems = [each for each in problems_in(facts.subject) if each.rank == 0]
    if "." not in facts.kind or not problems:
        return cause
    sentence = f"{display_name(facts.subject)} {problems[0].summary}; {cause.sentence}"
    return replace(cause, sentence=sentence)


def _is_warning(event: Object) -> bool:
    return event.get("type") == "Warning" and CONFLICT not in str(event.get("message"))
