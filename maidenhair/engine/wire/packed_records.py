"""Records as bytes. Most are of specs that passed without output, and those are short and fast to read."""

from __future__ import annotations

import pickle
from typing import Any

from maidenhair.engine.capture.outcomes import ElementState
from maidenhair.engine.wire.records import (
    Event,
    MatchFound,
    ScenarioBegun,
    SpecRecord,
    StepPassed,
    StepsAnnounced,
)

_PASSED = ElementState("passed")
_BEGUN = ScenarioBegun()


def pickled(record: SpecRecord) -> bytes:
    """Return a record as it is sent."""
    return pickle.dumps(_short(record) or record, pickle.HIGHEST_PROTOCOL)


def unpickled(record: bytes) -> SpecRecord:
    """Return a record that was sent."""
    found = pickle.loads(record)
    return found if isinstance(found, SpecRecord) else _whole(*found)


def _short(record: SpecRecord) -> tuple[Any, ...] | None:
    """Return the record of a spec whose steps all passed as a tuple; None for other records."""
    steps = len(record.steps)
    events = record.events
    plain = record.scenario == _PASSED and not record.failed and not record.hook_failures
    if not plain or len(events) != steps + 2 or steps != record.steps.count(None):
        return None
    if events[0] != _BEGUN or events[1] != StepsAnnounced(steps):
        return None
    passed = []
    for number, event in enumerate(events[2:]):
        if not isinstance(event, StepPassed) or event.number != number:
            return None
        match = event.match
        passed.append((tuple(match) if isinstance(match, MatchFound) else match, event.seconds))
    return record.attempt, record.seconds, passed


def _whole(attempt: int, seconds: float, passed: list[tuple[Any, float]]) -> SpecRecord:
    steps = len(passed)
    events: list[Event] = [_BEGUN, StepsAnnounced(steps)]
    for number, (match, duration) in enumerate(passed):
        found: Any = match if isinstance(match, str) else MatchFound(*match)
        events.append(StepPassed(number, found, duration))
    return SpecRecord(attempt, events, _PASSED, [None] * steps, False, seconds)
