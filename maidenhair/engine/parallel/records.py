"""The records that workers send: what happened while a spec ran, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from maidenhair.engine.execution.outcomes import ElementState, Trouble
from maidenhair.engine.planning.specs import Planned

Stream = Literal["out", "err"]


@dataclass(frozen=True, slots=True)
class ScenarioBegun:
    """The scenario begins."""


@dataclass(frozen=True, slots=True)
class StepAnnounced:
    """A step is announced, before any of them runs; steps are counted from 0."""

    index: int


@dataclass(frozen=True, slots=True)
class StepMatched:
    """The function of a step was looked up."""

    index: int


@dataclass(frozen=True, slots=True)
class StepEnded:
    """A step ended."""

    index: int
    state: ElementState


@dataclass(frozen=True, slots=True)
class Embedded:
    """An attachment."""

    mime_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Written:
    """Output that behave did not capture."""

    stream: Stream
    text: str


Event = ScenarioBegun | StepAnnounced | StepMatched | StepEnded | Embedded | Written


@dataclass(frozen=True)
class SpecRecord:
    """One attempt of a spec.

    Attributes:
        attempt: its number, from 1.
        events: the events while it ran, in order.
        scenario: the state of the scenario after it.
        steps: the state of each step after it.
        failed: whether the attempt failed.
        seconds: how long it took, hooks and cleanups included.
        hook_failures: how many hooks failed meanwhile.
    """

    attempt: int
    events: Sequence[Event]
    scenario: ElementState
    steps: Sequence[ElementState]
    failed: bool
    seconds: float
    hook_failures: int = 0


@dataclass(frozen=True)
class VisitRecord:
    """How a worker entered or left a feature or rule.

    Attributes:
        events: the output of its hooks.
        state: its state after them.
        hook_failures: how many of them failed.
    """

    events: Sequence[Event]
    state: ElementState
    hook_failures: int = 0


def lost_record(spec: Planned, attempt: int, step: int | None, error: str) -> SpecRecord:
    """Return the record of an attempt that did not end, as far as it is known.

    Args:
        spec: the spec.
        attempt: the number of the attempt.
        step: the number of the step that it was in; None before the first and in hooks.
        error: the text of the error.
    """
    count = len(list(spec.scenario.all_steps))
    trouble = Trouble("WorkerLost", error, is_assertion=False, has_arguments=True, traceback=None)
    broken = ElementState("error", False, error, trouble)
    states = []
    for index in range(count):
        if step is None or index > step:
            states.append(ElementState("skipped", False, None, None))
        else:
            passed = ElementState("passed", False, None, None)
            states.append(broken if index == step else passed)
    events: list[Event] = [ScenarioBegun(), *map(StepAnnounced, range(count))]
    for index in range(count if step is None else step + 1):
        if step is not None:
            events += [StepMatched(index), StepEnded(index, states[index])]
    if step is None:
        events.append(Written("out", f"{error}\n"))
    state = broken if step is None else replace(broken, error_message=None, trouble=None)
    return SpecRecord(attempt, events, state, states, True, 0.0)


def skipped_record(spec: Planned, reason: str) -> SpecRecord:
    """Return the record of a spec that is skipped without having been handed out."""
    steps = list(spec.scenario.all_steps)
    skipped = ElementState("skipped", False, None, None)
    events: list[Event] = [ScenarioBegun(), *map(StepAnnounced, range(len(steps)))]
    whole = replace(skipped, should_skip=True, skip_reason=reason)
    return SpecRecord(1, events, whole, [skipped] * len(steps), False, 0.0)


def unsendable_record(record: SpecRecord, error: str) -> SpecRecord:
    """Return the part of a record that can be sent, if the whole cannot, with the error."""
    broken = ElementState("error", False, error, None)
    steps = [
        ElementState(each.status, False, None, None, duration=each.duration)
        for each in record.steps
    ]
    events = [each for each in record.events if isinstance(each, ScenarioBegun | StepAnnounced)]
    return SpecRecord(record.attempt, events, broken, steps, True, record.seconds)
