"""The lines of run events."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from msgspec import NODEFAULT
from msgspec.structs import fields

from maidenhair.errors import EventsError
from maidenhair.events import (
    Division,
    RunEvent,
    SpecPlanned,
    StepEnded,
    UnknownEvent,
    decode,
    encode,
)
from maidenhair.events.encoding import EVENT_TYPES, type_name
from maidenhair.events.event import VERSION

TEXTS = st.dictionaries(st.text(), st.text())
FINITE = st.floats(allow_nan=False, allow_infinity=False)
DIVISION = st.builds(Division, selection=TEXTS)
# Numbers that JSON does not have, and mappings that are no dict, are not published.
FIELDS = {
    "time": FINITE,
    "seconds": FINITE,
    "versions": TEXTS,
    "settings": TEXTS,
    "division": DIVISION,
}


def any_event(kind: type[RunEvent]) -> SearchStrategy[RunEvent]:
    names = {each.name for each in fields(kind)}
    return st.builds(kind, **{name: FIELDS[name] for name in names & FIELDS.keys()})


@settings(deadline=None)
@given(st.one_of(*map(any_event, EVENT_TYPES)))
def test_an_event_is_one_line_and_reads_back_as_it_was(event: RunEvent) -> None:
    line = encode(event)

    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode(line) == event


def test_a_line_begins_with_its_version_and_its_type() -> None:
    event = StepEnded("a1", 2, "failed", 0.5, "AssertionError: no", time=12.5)

    assert json.loads(encode(event)) == {
        "version": 1,
        "type": "step_ended",
        "time": 12.5,
        "spec": "a1",
        "step": 2,
        "status": "failed",
        "seconds": 0.5,
        "error": "AssertionError: no",
    }
    assert encode(event).startswith(b'{"version":1,"type":"step_ended",')


def test_fields_added_to_a_type_have_defaults() -> None:
    # Otherwise, a file of an earlier release could not be read.
    required = {
        f"{type_name(kind)}.{each.name}"
        for kind in EVENT_TYPES
        for each in fields(kind)
        if each.default is NODEFAULT and each.default_factory is NODEFAULT
    }
    assert required == {
        "run_started.run",
        "run_started.folder",
        "run_started.argv",
        "run_started.versions",
        "run_started.settings",
        "run_started.division",
        *(
            f"{kind}.{name}"
            for kind in ("spec_planned", "spec_left_out")
            for name in ("spec", "feature", "rule", "name", "file", "line")
        ),
        "round_started.round",
        "spec_started.spec",
        "step_ended.spec",
        "step_ended.step",
        "step_ended.status",
        "attached.spec",
        "attached.mime_type",
        "output_captured.spec",
        "output_captured.source",
        "output_captured.stream",
        "output_captured.text",
        "attempt_ended.spec",
        "attempt_ended.status",
        "spec_ended.spec",
        "spec_ended.outcome",
        "spec_ended.status",
        "hook_failed.file",
        "hook_failed.line",
        "hook_failed.name",
        "file_broken.file",
        "file_broken.line",
        "problem_found.message",
        "worker_lost.worker",
        "worker_lost.reason",
        "worker_lost.spec",
        "warned.message",
        "run_ended.exit_code",
    }


def test_text_that_is_no_utf8_is_escaped() -> None:
    event = decode(encode(StepEnded("a", 0, "failed", error="lone \udc80 half")))

    assert isinstance(event, StepEnded)
    assert event.error == "lone \\udc80 half"


def test_types_and_fields_of_later_releases_are_readable() -> None:
    line = b'{"version":1,"type":"moon_rose","time":5,"phase":"full"}\n'
    known = b'{"version":1,"type":"spec_planned","time":5,"spec":"a","feature":"f","rule":"","name":"n","file":"x",'
    known += b'"line":3,"phase":"full"}\n'

    assert decode(line) == UnknownEvent("moon_rose", {"phase": "full"}, time=5)
    assert json.loads(encode(decode(line))) == json.loads(line)
    assert decode(known) == SpecPlanned("a", "f", "", "n", "x", 3, time=5)


@pytest.mark.parametrize("version", [VERSION + 1, 0, "1.0", None])
def test_another_version_is_refused(version: object) -> None:
    line = json.dumps({"version": version, "type": "warned", "message": "m"}).encode()

    with pytest.raises(EventsError, match="but this maidenhair reads version 1; use the release"):
        decode(line)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"3",
        b"{",
        b'{"version":1}',
        b'{"type":"warned"}',
        b"\xff",
        b'{"version":1,"type":"warned"}',
        b'{"version":1,"type":"step_ended","spec":"a","step":"x","status":"s"}',
        b'{"version":1,"type":"later","time":"soon"}',
    ],
)
def test_a_line_that_is_no_event_is_refused(line: bytes) -> None:
    with pytest.raises(EventsError, match="not a run event"):
        decode(line)
