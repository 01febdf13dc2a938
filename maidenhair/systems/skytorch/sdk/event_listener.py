"""What the SDK tells a program of a Compute's events."""

from __future__ import annotations

from typing import Any

from hamcrest import has_item

from maidenhair.waiting import eventually

EVENT_SECONDS = 60.0


class Listener:
    """Keeps the events that the SDK gives it: the callback `on_events` of one Compute."""

    def __init__(self) -> None:
        self._events: list[Any] = []

    def __call__(self, event: Any) -> None:
        """Keep an event, a CoreV1Event of the kubernetes package."""
        self._events.append(event)

    @property
    def reasons(self) -> list[str]:
        """Return the reasons of the events, in the order in which they were told."""
        return [event.reason for event in self._events]

    @property
    def pods(self) -> list[str]:
        """Return the names of the pods that the events are about."""
        return [event.involved_object.name for event in self._events]

    def wait_for(self, reason: str) -> None:
        """Wait until an event with a reason, such as "Started", has been told.

        Raises:
            WaitTimedOut: none was; the text tells the reasons of those that were.
        """
        eventually(
            lambda: self.reasons,
            has_item(reason),
            within=EVENT_SECONDS,
            described_as=f"the SDK to tell an event {reason}",
        )
