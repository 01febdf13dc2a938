"""Run events as lines of JSON: `{"version":1,"type":"step_ended","time":…, …}`."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from maidenhair.errors import EventsError
from maidenhair.events.event import VERSION, RunEvent, UnknownEvent
from maidenhair.events.plan_events import SpecLeftOut, SpecPlanned
from maidenhair.events.run_events import (
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
    prefix, adapter = _encoders()[type(event)]
    try:
        fields = adapter.dump_json(event, exclude_defaults=True)
    except ValueError:
        # UTF-8 has no lone surrogates. They come from bytes that were decoded with surrogateescape.
        values = adapter.dump_python(event, exclude_defaults=True)
        fields = json.dumps(_without_surrogates(values), ensure_ascii=False).encode()
    return prefix + fields[1:] + b"\n"


def decode(line: bytes) -> RunEvent:
    """Return the event of a line: an UnknownEvent for a type that a later release added.

    Raises:
        EventsError: the line is not an event, or its version is not supported.
    """
    try:
        fields = json.loads(line)
        version, name = fields.pop("version"), str(fields.pop("type"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EventsError(f"not a run event: {line[:80]!r}") from error
    if version != VERSION:
        raise EventsError(
            f"the run events have version {version}, but this maidenhair reads version {VERSION}; "
            "use the release of maidenhair that wrote them"
        )
    adapter = _decoders().get(name)
    try:
        if adapter is not None:
            return adapter.validate_python(fields)
        return UnknownEvent(name, fields, time=float(fields.pop("time", 0.0)))
    except (ValidationError, ValueError, TypeError) as error:
        raise EventsError(f"not a run event of type {name}: {error}") from error


@cache
def _encoders() -> dict[type[RunEvent], tuple[bytes, TypeAdapter[RunEvent]]]:
    prefix = f'{{"version":{VERSION},"type":"'
    return {
        kind: (f'{prefix}{type_name(kind)}",'.encode(), TypeAdapter(kind)) for kind in EVENT_TYPES
    }


@cache
def _decoders() -> dict[str, TypeAdapter[RunEvent]]:
    return {type_name(kind): TypeAdapter(kind) for kind in EVENT_TYPES}


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
