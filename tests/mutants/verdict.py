"""The verdict on a planted fault, from the results of the specs of its area."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

KILLED, SURVIVED, INVALID = "killed", "survived", "invalid"


@dataclass(frozen=True)
class Verdict:
    """The verdict on a fault.

    Attributes:
        outcome: KILLED if a `Then` step failed; SURVIVED if none did; INVALID if no spec ran, because the stand-in did
            not start.
        evidence: the spec and the step that failed, or why there is none.
    """

    outcome: str
    evidence: str


def judge(features: Sequence[Mapping[str, Any]] | None) -> Verdict:
    """Return the verdict from the report of behave's JSON formatter; None if the run wrote none."""
    if not has_run(features):
        return Verdict(INVALID, "no spec ran")
    failed = list(_failed_steps(features or ()))
    for scenario, step in failed:
        if step["step_type"] == "then":
            return Verdict(KILLED, _described(scenario, step))
    if failed:
        evidence = f"only a step before the first Then failed: {_described(*failed[0])}"
        return Verdict(SURVIVED, evidence)
    count = len(list(_scenarios(features or ())))
    return Verdict(SURVIVED, f"{count} specs ran, and none failed")


def has_run(features: Sequence[Mapping[str, Any]] | None) -> bool:
    """Return whether any spec of a report ran."""
    statuses = [each.get("status") for each in _scenarios(features or ())]
    return any(status in ("passed", "failed", "error") for status in statuses)


def failure(features: Sequence[Mapping[str, Any]] | None) -> str | None:
    """Return the first step of a report that failed, or that no spec ran; None if all specs passed."""
    if not has_run(features):
        return "no spec ran"
    return next((_described(*each) for each in _failed_steps(features or ())), None)


Step = Mapping[str, Any]


def _scenarios(features: Sequence[Step]) -> Iterator[Step]:
    for feature in features:
        for element in feature.get("elements", ()):
            if element["type"] == "scenario":
                yield element


def _failed_steps(features: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Step, Step]]:
    for scenario in _scenarios(features):
        for step in scenario.get("steps", ()):
            if step.get("result", {}).get("status") in ("failed", "error"):
                yield scenario, step


def _described(scenario: Step, step: Step) -> str:
    return f"{scenario['location']}: {step['keyword']} {step['name']}{_message(step)}"


def _message(step: Mapping[str, Any]) -> str:
    """Return the first lines of the message of a failed step."""
    lines = step["result"].get("error_message") or []
    lines = lines.splitlines() if isinstance(lines, str) else lines
    return "".join(f" | {line.strip()[:200]}" for line in lines[:3])
