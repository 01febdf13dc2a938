"""Records of specs that did not come to give one: lost with their worker, skipped, or not to be sent."""

from __future__ import annotations

from dataclasses import replace

from maidenhair.engine.execution.outcomes import ElementState, Event, SpecRecord, Trouble
from maidenhair.engine.planning.specs import Planned


def lost_record(spec: Planned, attempt: int, step: int | None, told: str) -> SpecRecord:
    """Return the record of an attempt that did not end, with what is known of it.

    Args:
        spec: the spec.
        attempt: the number of the attempt.
        step: the number of the step that it was in; None before the first and in hooks.
        told: the error.
    """
    count = len(list(spec.scenario.all_steps))
    broken = ElementState("error", False, told, Trouble("WorkerLost", told, False, True, None), ())
    states = []
    for index in range(count):
        if step is None or index > step:
            states.append(ElementState("skipped", False, None, None, ()))
        else:
            passed = ElementState("passed", False, None, None, ())
            states.append(broken if index == step else passed)
    events: list[Event] = [("scenario",), *(("step", index) for index in range(count))]
    for index in range(count if step is None else step + 1):
        if step is not None:
            events += [("match", index), ("result", index, states[index])]
    if step is None:
        events.append(("out", f"{told}\n"))
    state = broken if step is None else replace(broken, error_message=None, trouble=None)
    return SpecRecord(attempt, events, state, states, True, 0.0)


def skipped_record(spec: Planned, reason: str) -> SpecRecord:
    """Return the record of a spec that is skipped without having been handed out."""
    steps = list(spec.scenario.all_steps)
    skipped = ElementState("skipped", False, None, None, ())
    events: list[Event] = [("scenario",), *(("step", index) for index in range(len(steps)))]
    whole = replace(skipped, should_skip=True, skip_reason=reason)
    return SpecRecord(1, events, whole, [skipped] * len(steps), False, 0.0)


def unsendable_record(record: SpecRecord, told: str) -> SpecRecord:
    """Return what can be sent of a record that cannot be sent whole."""
    broken = ElementState("error", False, told, None, ())
    steps = [
        ElementState(each.status, False, None, None, (), each.duration) for each in record.steps
    ]
    events = [event[:2] for event in record.events if event[0] in ("scenario", "step")]
    return SpecRecord(record.attempt, events, broken, steps, True, record.seconds)
