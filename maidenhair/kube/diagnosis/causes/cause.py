"""The cause of a failure, and the texts of conditions, events and labels in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from maidenhair.kube.diagnosis.facts import Facts
from maidenhair.kube.diagnosis.reported_state import judge
from maidenhair.kube.diagnosis.shapes import field_of
from maidenhair.kube.objects import Object, conditions, display_name, reason_and_message

EVENTS_SHOWN = 4
REPEATED = frozenset({"ContainersReady", "PodReadyToStartContainers"})
"""Conditions of pods that say less than others."""


@dataclass(frozen=True)
class Cause:
    """The likely cause why an object is not in the expected state.

    Attributes:
        sentence: the cause, as a sentence without a full stop.
        evidence: conditions and events that support it, a line each.
        hopeless: whether only a change from outside can help, so that waiting is useless.
        crashed: the names of the pod and the container whose last log lines give details.
        lacks_capacity: whether the problem may resolve itself when other pods end. A wait with limited patience treats
            it as hopeless.

    Example:
        >>> Cause("the Widget is paused", evidence=("spec.paused is true",), hopeless=True).sentence
        'the Widget is paused'
    """

    sentence: str
    evidence: tuple[str, ...] = ()
    hopeless: bool = False
    crashed: tuple[str, str] | None = None
    lacks_capacity: bool = False


Rule = Callable[[Facts], Cause | None]
"""Returns a cause if the facts' subject has one kind of problem, otherwise None."""

PodRule = Callable[[Facts, Object], Cause | None]
"""Returns a cause if a pod has one kind of problem, otherwise None."""


def evidence_of(facts: Facts, about: Object) -> tuple[str, ...]:
    """Return a line for each condition of an object that reports a problem, and for each of its last events."""
    failing = [
        f"{display_name(about)}: condition {each.get('type')}{_status(each)}: {message_of(each)}"
        for each in conditions(about)
        if each.get("type") not in REPEATED and judge(each, about) is not None
    ]
    return (*failing, *format_events(facts.events_of(about)))


def format_events(events: list[Object]) -> tuple[str, ...]:
    """Return a line for each of the last four events."""
    return tuple(
        f"event of {field_of(each, 'involvedObject', 'kind')} {field_of(each, 'involvedObject', 'name')}: "
        f"{each.get('reason')}: {each.get('message')}"
        for each in events[-EVENTS_SHOWN:]
    )


def message_of(found: Mapping[str, Any]) -> str:
    """Return "reason: message" of a condition or container state."""
    return reason_and_message(found) or "no reason reported"


def format_labels(labels: Mapping[str, str]) -> str:
    """Return labels in the form of a selector, for example "app=web,tier=front"."""
    return ",".join(f"{name}={value}" for name, value in labels.items())


def _status(condition: Mapping[str, Any]) -> str:
    return f" is {condition['status']}" if "status" in condition else ""
