"""What a cause is, and how conditions and events are told in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from maidenhair.kube.diagnosis.facts import Facts
from maidenhair.kube.objects import Object, conditions, display_name, reason_and_message

EVENTS_SHOWN = 4


@dataclass(frozen=True)
class Cause:
    """Why an object is not as it should be.

    Attributes:
        sentence: the likely cause.
        evidence: lines that support it: conditions and events.
        hopeless: whether only a change from outside can help.
        crashed: pod and container whose last log line tells more.
        crowded: whether it may pass as others end, and is hopeless for who will not wait for that.

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
"""Tells one kind of cause of what is the matter with the subject of facts."""

PodRule = Callable[[Facts, Object], Cause | None]
"""Tells one kind of cause of what is the matter with a pod."""


def first(rules: Iterable[Rule], facts: Facts) -> Cause | None:
    """Return what the first rule tells that tells anything."""
    return next((cause for rule in rules if (cause := rule(facts)) is not None), None)


def evidence_of(facts: Facts, about: Object) -> tuple[str, ...]:
    """Return the conditions of an object that do not hold, and its last events."""
    failing = [
        f"{display_name(about)}: condition {each['type']} is {each['status']}: {message_of(each)}"
        for each in conditions(about)
        # ContainersReady says no more than Ready.
        if each["status"] != "True" and each["type"] != "ContainersReady"
    ]
    return (*failing, *format_events(facts.events_of(about)))


def format_events(events: list[Object]) -> tuple[str, ...]:
    """Return a line for each of the last events."""
    return tuple(
        f"event of {each['involvedObject']['kind']} {each['involvedObject']['name']}: "
        f"{each.get('reason')}: {each.get('message')}"
        for each in events[-EVENTS_SHOWN:]
    )


def message_of(found: Mapping[str, Any]) -> str:
    """Return the reason and the message of a condition or a state."""
    return reason_and_message(found) or "no reason given"


def format_labels(labels: Mapping[str, str]) -> str:
    """Return labels as kubectl takes them, such as "app=web,tier=front"."""
    return ",".join(f"{name}={value}" for name, value in labels.items())
