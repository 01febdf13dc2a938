"""Run events as lines of JSON: `{"version":1,"type":"step_ended","time":…, …}`."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
from msgspec import Struct

from maidenhair.errors import EventsError
from maidenhair.events.event import VERSION, RunEvent, UnknownEvent
from maidenhair.events.plan_events import SpecLeftOut, SpecPlanned
from maidenhair.events.run_events import (
    FileBroken,
    HookFailed,
    ProblemFound,
    RoundStarted,
    RunEnded,
    RunStarted,
    Warned,
    WorkerLost,
)
from maidenhair.events.spec_events import (
    Attached,
    AttemptEnded,
    OutputCaptured,
    SpecEnded,
    SpecStarted,
    StepEnded,
)

EVENT_TYPES: tuple[type[RunEvent], ...] = (
    RunStarted,
    SpecPlanned,
    SpecLeftOut,
    RoundStarted,
    SpecStarted,
    StepEnded,
    Attached,
    OutputCaptured,
    AttemptEnded,
    SpecEnded,
    HookFailed,
    FileBroken,
    ProblemFound,
    WorkerLost,
    Warned,
    RunEnded,
)
"""The types of version 1, in the order in which a file has them first."""


def type_name(kind: type[RunEvent]) -> str:
    """Return the name of a type in lines, for example `step_ended` for `StepEnded`."""
    return re.sub(r"(?<=.)(?=[A-Z])", "_", kind.__name__).lower()


def encode(event: RunEvent) -> bytes:
    """Return an event as a line, with its line break. Lone surrogates in its text are replaced."""
    if isinstance(event, UnknownEvent):
        return _unknown_line(event)
    try:
        fields = _ENCODER.encode(event)
    except UnicodeEncodeError:
        # UTF-8 has no lone surrogates. They come from bytes that were decoded with surrogateescape.
        values = msgspec.to_builtins(event)
        fields = json.dumps(_without_surrogates(values), ensure_ascii=False).encode()
    return _PREFIXES[type(event)] + fields[1:] + b"\n"


def decode(line: bytes) -> RunEvent:
    """Return the event of a line: an UnknownEvent for a type that a later release added.

    Raises:
        EventsError: the line is not an event, or its version is not supported.
    """
    try:
        header = _HEADER.decode(line)
    except ValueError as error:
        raise EventsError(f"not a run event: {line[:80]!r}") from error
    if header.version != VERSION:
        raise EventsError(
            f"the run events have version {header.version}, but this maidenhair reads version {VERSION}; "
            "use the release of maidenhair that wrote them"
        )
    decoder = _DECODERS.get(header.type)
    try:
        return decoder.decode(line) if decoder is not None else _unknown_event(line)
    except ValueError as error:
        raise EventsError(f"not a run event of type {header.type}: {error}") from error


class _Header(Struct):
    version: Any
    type: str


_ENCODER = msgspec.json.Encoder()
_HEADER = msgspec.json.Decoder(_Header)
_DECODERS = {type_name(kind): msgspec.json.Decoder(kind) for kind in EVENT_TYPES}
_PREFIXES = {
    kind: f'{{"version":{VERSION},"type":"{type_name(kind)}",'.encode() for kind in EVENT_TYPES
}


def _unknown_event(line: bytes) -> UnknownEvent:
    fields = msgspec.json.decode(line)
    del fields["version"]
    return UnknownEvent(fields.pop("type"), fields, time=float(fields.pop("time", 0.0)))


def _unknown_line(event: UnknownEvent) -> bytes:
    fields = {"version": VERSION, "type": event.type, "time": event.time, **event.fields}
    return json.dumps(fields, ensure_ascii=False).encode() + b"\n"


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {name: _without_surrogates(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without_surrogates(each) for each in value]
    return value
