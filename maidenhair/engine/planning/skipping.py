"""Leaves specs out."""

from __future__ import annotations

from typing import Any

AFTER_ORDERED = "a spec before it failed in an @ordered feature or rule"


def leave_out(scenario: Any, reason: str | None = None) -> None:
    """Mark a scenario as skipped; a reason is listed at the end of the run."""
    # Given to behave, the reason would be logged as a warning.
    scenario.skip()
    scenario.skip_reason = reason
