"""The records of workers as run events."""

from __future__ import annotations

from maidenhair.engine.planning.specs import Planned
from maidenhair.engine.publishing.event_publisher import EventPublisher
from maidenhair.engine.wire.records import Embedded, SpecRecord, StepEnded, StepPassed
from maidenhair.events import RunEvent


def publish_record(
    publisher: EventPublisher, spec: Planned, record: SpecRecord, final: bool
) -> None:
    """Publish an attempt of a spec: its steps, its attachments and its end.

    Args:
        publisher: publishes run events.
        spec: the spec.
        record: the attempt.
        final: whether no attempt follows, so that the spec has its result.
    """
    scenario, attempt = spec.scenario, record.attempt
    # Written together, because to write each would take longer.
    steps: list[RunEvent] = []
    for event in record.events:
        match event:
            case StepPassed(number, _, seconds):
                steps.append(publisher.passed_step(scenario, attempt, number, seconds))
            case StepEnded(index, state):
                steps += publisher.step_events(scenario, attempt, index, state)
            case Embedded(mime_type, data):
                publisher.publish(steps)
                steps.clear()
                publisher.attach(scenario, attempt, mime_type, data)
    publisher.end_attempt(scenario, attempt, record.scenario, record.failed, record.seconds, steps)
    if final:
        publisher.end_spec(scenario, record.scenario)
