"""Match lists of events that contain an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description
from hamcrest.core.matcher import Matcher

from maidenhair.kube.matchers.texts import as_matcher, as_substring_matcher, render, shorten
from maidenhair.kube.objects import display_name, last_seen

MAX_EVENTS = 3


def has_event(
    reason: str | Matcher[Any] | None = None,
    *,
    type: str | Matcher[Any] | None = None,
    message: str | Matcher[Any] | None = None,
    count: int | Matcher[Any] | None = None,
    about: Mapping[str, Any] | None = None,
) -> BaseMatcher[Sequence[Mapping[str, Any]]]:
    """Match a list of events (core or events.k8s.io) that contains an event with all these properties.

    Args:
        reason: the reason, for example "FailedScheduling", or a matcher; default: any, as for all properties.
        type: "Normal" or "Warning", or a matcher.
        message: a part of the message, or a matcher for all of it.
        count: the number of occurrences, or a matcher, for example `greater_than(1)`.
        about: the involved object, compared by uid if it has one, otherwise by kind, name and namespace.

    Example:
        >>> from hamcrest import greater_than
        >>> events = [{"type": "Warning", "reason": "BackOff", "count": 3}]
        >>> has_event("BackOff", type="Warning", count=greater_than(1)).matches(events)
        True
    """
    expected: dict[str, Matcher[Any]] = {}
    if type is not None:
        expected["type"] = as_matcher(type)
    if reason is not None:
        expected["reason"] = as_matcher(reason)
    if message is not None:
        expected["message"] = as_substring_matcher(message)
    if count is not None:
        expected["count"] = as_matcher(count)
    return HasEvent(expected, about)


class HasEvent(BaseMatcher[Sequence[Mapping[str, Any]]]):
    """Match a list of events that contains an event with certain fields, about a certain object."""

    def __init__(
        self, expected: Mapping[str, Matcher[Any]], about: Mapping[str, Any] | None
    ) -> None:
        self._expected = expected
        self._about = about

    def _matches(self, item: Sequence[Mapping[str, Any]]) -> bool:
        return any(self._count_met(event) == self._conditions() for event in item)

    def describe_to(self, description: Description) -> None:
        """Describe the expected event."""
        fields = [f"{key} {render(matcher)}" for key, matcher in self._expected.items()]
        about = f" about {display_name(self._about)}" if self._about is not None else ""
        described_fields = f" with {' and '.join(fields)}" if fields else ""
        description.append_text(f"an event{about}{described_fields}")

    def describe_mismatch(
        self, item: Sequence[Mapping[str, Any]], mismatch_description: Description
    ) -> None:
        """Describe the events that meet most of the conditions, latest first."""
        if not item:
            mismatch_description.append_text("there were no events")
            return
        nearest = sorted(
            item, key=lambda event: (self._count_met(event), last_seen(event)), reverse=True
        )[:MAX_EVENTS]
        listed = "; ".join(map(_format_event, nearest))
        mismatch_description.append_text(f"the closest of {len(item)} events were: {listed}")

    def describe_match(
        self, item: Sequence[Mapping[str, Any]], match_description: Description
    ) -> None:
        """Describe the event."""
        match_description.append_text(
            f"the event was: {_format_event(max(item, key=self._count_met))}"
        )

    def _conditions(self) -> int:
        return len(self._expected) + (self._about is not None)

    def _count_met(self, event: Mapping[str, Any]) -> int:
        """Return the number of conditions that an event meets."""
        fields = _fields(event)
        met = sum(matcher.matches(fields[key]) for key, matcher in self._expected.items())
        return met + (self._about is not None and _is_about(event, self._about))


def _fields(event: Mapping[str, Any]) -> dict[str, Any]:
    series = event.get("series") or {}
    count = series.get("count") or event.get("count") or event.get("deprecatedCount")
    message = event.get("message") or event.get("note") or ""
    return {
        "type": event.get("type"),
        "reason": event.get("reason"),
        "message": message,
        "count": count or 1,
    }


def _is_about(event: Mapping[str, Any], about: Mapping[str, Any]) -> bool:
    subject, metadata = _subject(event), about["metadata"]
    if metadata.get("uid"):
        return bool(subject.get("uid") == metadata["uid"])
    return bool(
        (subject.get("kind"), subject.get("name")) == (about.get("kind"), metadata["name"])
        and metadata.get("namespace") in (None, subject.get("namespace"))
    )


def _subject(event: Mapping[str, Any]) -> Mapping[str, Any]:
    return event.get("involvedObject") or event.get("regarding") or {}


def _format_event(event: Mapping[str, Any]) -> str:
    fields, subject = _fields(event), _subject(event)
    times = f" ({fields['count']} times)" if fields["count"] != 1 else ""
    about = f"{subject.get('kind')} {subject.get('name')}"
    return shorten(f"{fields['type']} {fields['reason']}{times} of {about}: {fields['message']}")
