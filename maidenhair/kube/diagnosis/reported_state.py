"""The state that an object of any kind reports: conditions, phases and messages, judged by their words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from maidenhair.kube.diagnosis import shapes
from maidenhair.kube.objects import Object, conditions, reason_and_message


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


SUMMARIES = ("Ready", "Available", "Programmed", "Accepted", "Succeeded", "Synced", "Healthy")
"""Types of conditions that summarize an object, the most important first."""

_BAD_WORDS = _names(
    """
    abort aborted backoff bad blocked broken conflict conflicted conflicting corrupt corrupted crash crashed crashing
    deadlock degraded denied deprecated error errored errors evicted exceeded exhausted expired fail failed failing
    fails failure failures fault faulty forbidden impaired incompatible insufficient interrupted invalid lost
    misconfigured mismatch missing no non nonexistent not outdated pressure problem readonly refused rejected stale
    stalled stuck timeout unauthorized unavailable unhealthy unknown unreachable unready unrecoverable unresolved
    unschedulable unsupported violated violation warning
    """
)
_STATES = _names(
    "cancelled cordoned deleted disabled hibernated paused suspended terminated target"
)
"""Last words of types that are no failures, but explain why an object does nothing."""
_WORK_THAT_IS_A_STATE = _names("existing listening running serving working")
_GOOD_PHASES = _names(
    """
    active allocated available bound complete completed deployed done established healthy live ok online ready running
    succeeded success synced up
    """
)
_PHASE_FIELDS = ("phase", "state", "status", "health", "healthStatus", "currentState", "result")
_ERROR_FIELDS = (
    "error",
    "errors",
    "errorMessage",
    "lastError",
    "failureMessage",
    "failureReason",
    "failure",
)
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_IS_DONE = frozenset({"completed", "podcompleted", "succeeded"})


@dataclass(frozen=True)
class Problem:
    """A part of an object's status that reports a problem.

    Attributes:
        summary: the problem as a clause after the object's name, for example "is not Ready: NoImage: …".
        rank: how much it says: 0 for a failure, 1 for a summary that is False, 2 for another condition that is False,
            3 for a condition that is Unknown or a state such as Suspended.
    """

    summary: str
    rank: int


def problems_in(subject: Object) -> list[Problem]:
    """Return the problems that an object's conditions and other status fields report, the most telling first."""
    found = [problem for each in conditions(subject) if (problem := judge(each, subject))]
    return sorted([*found, *_of_phase(subject)], key=lambda each: each.rank)


def judge(condition: Mapping[str, Any], subject: Mapping[str, Any] | None = None) -> Problem | None:
    """Return the problem that a condition reports, or None if it reports none.

    Args:
        condition: a condition. It may lack `status`, as those of Argo CD do: then its type says whether it is good.
        subject: the object, whose generation the condition should be about.
    """
    name = shapes.text(condition.get("type"))
    if not name or str(condition.get("severity", "")).lower() == "info":
        return None
    words = _words(name)
    status = str(condition.get("status", "")).lower()
    detail = _detail(condition) + _of_generation(condition, subject)
    if not words:
        return None
    if words & _BAD_WORDS:
        # A condition without a status holds.
        return Problem(f"reports {name}{detail}", 0) if status in ("", "true") else None
    last = _ordered_words(name)[-1]
    if last in _STATES:
        return Problem(f"is {name}{detail}", 3) if status == "true" else None
    if status == "":
        return Problem(f"reports {name}{detail}", 1) if _is_bad(condition.get("reason")) else None
    if last.endswith("ing") and last not in _WORK_THAT_IS_A_STATE:
        # Work is done or goes on, unless the reason says that it failed.
        return Problem(f"is not {name}{detail}", 0) if _has_failed(condition, status) else None
    if status == "unknown":
        return Problem(f"is not known to be {name}{detail}", 3)
    if status != "false" or str(condition.get("reason", "")).lower() in _IS_DONE:
        return None
    return Problem(f"is not {name}{detail}", 1 if name in SUMMARIES else 2)


def generation_behind(subject: Object) -> tuple[int, int] | None:
    """Return the observed and the current generation if the object's controller has not acted on its last change."""
    current = shapes.whole_number(shapes.metadata_of(subject).get("generation"))
    if current is None:
        return None
    status = shapes.mapping(subject.get("status"))
    observed = [shapes.whole_number(status.get("observedGeneration"))]
    summaries = [each for each in conditions(subject) if each.get("type") in SUMMARIES]
    observed += [shapes.whole_number(each.get("observedGeneration")) for each in summaries]
    known = [each for each in observed if each is not None]
    return (max(known), current) if known and max(known) < current else None


def well_since(subject: Object) -> str | None:
    """Return since when an object says that it is well, in RFC 3339; None if it does not say so.

    The text is empty if the time is unknown.
    """
    if problems_in(subject) or generation_behind(subject) is not None:
        return None
    for name in SUMMARIES:
        for each in conditions(subject):
            if each.get("type") == name and str(each.get("status", "")).lower() == "true":
                return shapes.text(each.get("lastTransitionTime"))
    if any(phase.lower() in _GOOD_PHASES for phase, _ in _phases(subject)):
        return ""
    return "" if _has_all_replicas(subject) else None


def is_known(subject: Object) -> bool:
    """Return whether the status of an object has a form that can be judged: conditions, a good phase or replicas."""
    return bool(conditions(subject)) or well_since(subject) is not None


def _of_phase(subject: Object) -> Iterator[Problem]:
    status = shapes.mapping(subject.get("status"))
    for phase, about in _phases(subject):
        if _is_bad(phase):
            yield Problem(f"is {phase}{_detail(about)}", 0)
    for name in _ERROR_FIELDS:
        value = status.get(name)
        error = value if isinstance(value, str) else shapes.field_of(value, "message")
        if isinstance(error, str) and error.strip():
            yield Problem(f"reports an error in status.{name}: {error.strip()}", 0)


def _phases(subject: Object) -> Iterator[tuple[str, Object]]:
    """Return the phases in an object's status, with the mapping that may hold their reason and message."""
    status = subject.get("status")
    if isinstance(status, str):
        yield status, {}
    for name in _PHASE_FIELDS:
        value = shapes.field_of(status, name)
        if isinstance(value, str) and value:
            yield value, shapes.mapping(status)
        elif isinstance(value, dict) and shapes.text(value.get("status")):
            yield value["status"], value


def _has_all_replicas(subject: Object) -> bool:
    wanted = shapes.whole_number(shapes.field_of(subject, "spec", "replicas"))
    ready = shapes.whole_number(shapes.field_of(subject, "status", "readyReplicas"))
    return wanted is not None and (ready or 0) >= wanted


def _has_failed(condition: Mapping[str, Any], status: str) -> bool:
    return status == "false" and _is_bad(condition.get("reason"))


def _is_bad(name: Any) -> bool:
    return bool(_words(shapes.text(name)) & _BAD_WORDS)


def _words(name: str) -> frozenset[str]:
    return frozenset(_ordered_words(name))


def _ordered_words(name: str) -> list[str]:
    return [each.lower() for each in _WORDS.findall(name)]


def _detail(about: Mapping[str, Any]) -> str:
    message = reason_and_message(about).strip()
    return f": {message}" if message else ""


def _of_generation(condition: Mapping[str, Any], subject: Mapping[str, Any] | None) -> str:
    observed = shapes.whole_number(condition.get("observedGeneration"))
    current = shapes.whole_number(shapes.field_of(subject, "metadata", "generation"))
    if observed is None or current is None or observed >= current:
        return ""
    return f" (about generation {observed}; the object has generation {current})"
