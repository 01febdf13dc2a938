"""What the SDK tells a program of a Compute's events."""

from __future__ import annotations

from typing import Any

from maidenhair.waiting import eventually
from maidenhair.waiting.matchers import has_in_order

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

    def wait_for(self, *reasons: str) -> None:
        """Wait until events with these reasons, for example "Pulled" and "Started", came in this order.

        Raises:
            WaitTimedOut: they did not; the text lists the reasons of the events that came.
        """
        eventually(
            lambda: self.reasons,
            has_in_order(*reasons),
            within=EVENT_SECONDS,
            described_as=f"the SDK to report the events {', '.join(reasons)}",
        )
