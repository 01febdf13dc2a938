"""The records of workers as run events."""

from __future__ import annotations

from maidenhair.engine.capture.outcomes import ElementState
from maidenhair.engine.planning.specs import Planned
from maidenhair.engine.publishing.event_publisher import EventPublisher
from maidenhair.engine.wire.records import Embedded, SpecRecord, StepEnded, StepPassed


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
    scenario = spec.scenario
    for event in record.events:
        match event:
            case StepPassed(number, _, seconds):
                publisher.end_step(
                    scenario, record.attempt, number, ElementState("passed", duration=seconds)
                )
            case StepEnded(index, state):
                publisher.end_step(scenario, record.attempt, index, state)
            case Embedded(mime_type, data):
                publisher.attach(scenario, record.attempt, mime_type, data)
    publisher.end_attempt(scenario, record.attempt, record.scenario, record.failed, record.seconds)
    if final:
        publisher.end_spec(scenario, record.scenario)
