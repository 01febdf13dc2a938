"""The events of a Compute that the SDK passes to a program."""

from __future__ import annotations

from typing import Any

from maidenhair.waiting import eventually
from maidenhair.waiting.matchers import has_in_order

EVENT_SECONDS = 60.0


class Listener:
    """Records events. It is the SDK's callback `on_events` for one Compute."""

    def __init__(self) -> None:
        self._events: list[Any] = []

    def __call__(self, event: Any) -> None:
        """Record an event, a CoreV1Event of the kubernetes package."""
        self._events.append(event)

    @property
    def reasons(self) -> list[str]:
        """Return the reasons of the recorded events, in order of arrival."""
        return [event.reason for event in self._events]

    @property
    def pods(self) -> list[str]:
        """Return the names of the pods that the recorded events are about, in order of arrival."""
        return [event.involved_object.name for event in self._events]

    def wait_for(self, *reasons: str) -> None:
        """Wait until events with these reasons, for example "Pulled" and "Started", have arrived in this order.

        Raises:
            WaitTimedOut: they did not arrive in time. The text lists the reasons of the recorded events.
        """
        eventually(
            lambda: self.reasons,
            has_in_order(*reasons),
            within=EVENT_SECONDS,
            described_as=f"the SDK to report the events {', '.join(reasons)}",
        )
