"""The records of workers with filtered texts."""

from __future__ import annotations

from collections.abc import Iterable

from maidenhair.engine.capture.text_filters import TextFilters
from maidenhair.engine.wire.records import (
    AllureCalled,
    Embedded,
    Event,
    FormatterUsed,
    StepEnded,
    Written,
)


def filtered_events(events: Iterable[Event], filters: TextFilters) -> list[Event]:
    """Return events with filtered texts. Names and tags stay as they are."""
    return [_filtered(event, filters) for event in events]


def _filtered(event: Event, filters: TextFilters) -> Event:
    match event:
        case StepEnded(_, state):
            return event._replace(state=state.filtered(filters))
        case Embedded(_, data):
            return event._replace(data=filters.value(data))
        case Written(_, text):
            return event._replace(text=filters.text(text))
        case AllureCalled(_, arguments, _, trouble):
            filtered = trouble.filtered(filters) if trouble is not None else None
            return event._replace(arguments=filters.value(arguments), trouble=filtered)
        case FormatterUsed():
            arguments = filters.value(event.arguments)
            options = None if event.options is None else filters.value(event.options)
            return event._replace(arguments=arguments, options=options)
    return event
