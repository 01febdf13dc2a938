"""Tests of records as bytes."""

from __future__ import annotations

import pickle

import pytest

from maidenhair.engine.capture.outcomes import CapturedOutput, ElementState
from maidenhair.engine.wire.packed_records import pickled, unpickled
from maidenhair.engine.wire.records import (
    Event,
    MatchFound,
    ScenarioBegun,
    SpecRecord,
    StepMatched,
    StepPassed,
    StepsAnnounced,
    Written,
)

FOUND = MatchFound("steps.py", 3, (("3", 3, None, 0, 1),))
PASSED = ElementState("passed")
EVENTS: list[Event] = [
    ScenarioBegun(),
    StepsAnnounced(2),
    StepPassed(0, FOUND, 0.5),
    StepPassed(1, "not plain", 0.25),
]
PLAIN = SpecRecord(2, EVENTS, PASSED, [None, None], False, 1.5)
OTHERS = {
    "failed": PLAIN._replace(failed=True),
    "a failed hook": PLAIN._replace(hook_failures=1),
    "output": PLAIN._replace(events=[*EVENTS, Written("out", "text")]),
    "a step's state": PLAIN._replace(steps=[PASSED, None]),
    "output of the scenario": PLAIN._replace(
        scenario=PASSED._replace(captured=(CapturedOutput("before_scenario", False, "x"),))
    ),
    "another order": PLAIN._replace(events=[*EVENTS[:2], EVENTS[3], EVENTS[2]]),
    "a step without a result": PLAIN._replace(events=[*EVENTS[:3], StepMatched(1, FOUND)]),
    "no steps": SpecRecord(1, [ScenarioBegun()], PASSED, [], False, 0.0),
}


def test_a_spec_that_passed_without_output_is_short() -> None:
    assert len(pickled(PLAIN)) < len(pickle.dumps(PLAIN)) / 2


@pytest.mark.parametrize("record", [PLAIN, *OTHERS.values()], ids=["passed", *OTHERS])
def test_a_record_is_the_same_after_it_was_sent(record: SpecRecord) -> None:
    received = unpickled(pickled(record))

    assert received == record
    assert [type(each) for each in received.events] == [type(each) for each in record.events]
