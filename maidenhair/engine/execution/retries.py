"""Attempts of a spec: how many there may be, and how the earlier ones are reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from maidenhair.engine.capture.outcomes import CapturedOutput, add_captured
from maidenhair.engine.model import Element, Scenario
from maidenhair.engine.planning.places import Policy

ATTEMPTS_TYPE = "text/plain"
"""The type of the attachment about earlier attempts."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of a spec; a scenario that ran has them all as `scenario.attempts`.

    Attributes:
        number: its number, from 1.
        status: the name of behave's status that it ended with.
        failed: whether it failed.
        seconds: how long it took, hooks and cleanups included.
        message: the error it failed with, empty when it passed.
    """

    number: int
    status: str
    failed: bool
    seconds: float
    message: str = ""


class Judge:
    """Says, attempt after attempt, whether another one follows.

    Args:
        policy: how the spec is judged.
        failures: how many attempts failed before.
        passes: how many passed before.
    """

    def __init__(self, policy: Policy, failures: int = 0, passes: int = 0) -> None:
        self._policy = policy
        self.failures = failures
        self.passes = passes

    @property
    def attempt(self) -> int:
        """Return the number of the next attempt."""
        return self.failures + self.passes + 1

    def is_final(self, failed: bool) -> bool:
        """Count an attempt, and return whether it was the last."""
        if failed:
            self.failures += 1
            return self.failures >= self._policy.attempts
        self.passes += 1
        return self.passes >= self._policy.passes


def attempt_of(number: int, seconds: float, failed: bool, scenario: Scenario) -> Attempt:
    """Summarize an attempt of a scenario that just ran."""
    messages: list[str] = []
    if failed:
        elements: tuple[Element, ...] = (*scenario.all_steps, scenario)
        messages = [each.error_message for each in elements if each.error_message]
    return Attempt(number, scenario.status.name, failed, seconds, "\n".join(messages))


def conclude(scenario: Scenario, attempts: Sequence[Attempt]) -> None:
    """Put the attempts of a scenario into it, and report the earlier ones in its captured output."""
    vars(scenario)["attempts"] = tuple(attempts)
    if len(attempts) == 1:
        return
    add_captured(scenario, [CapturedOutput("attempts", False, summary_of(attempts))])


def summary_of(attempts: Sequence[Attempt]) -> str:
    """Return a text about attempts, with their errors."""
    lines = [
        f"attempt {each.number}: {each.status} after {each.seconds:.3f} s"
        + (f"\n{each.message}" if each.message else "")
        for each in attempts
    ]
    return "\n".join(lines) + "\n"
