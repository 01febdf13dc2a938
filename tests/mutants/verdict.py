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
    scenarios = list(_scenarios(features or ()))
    if not any(each.get("status") in ("passed", "failed", "error") for each in scenarios):
        return Verdict(INVALID, "no spec ran")
    for scenario in scenarios:
        for step in scenario.get("steps", ()):
            if _failed(step) and step["step_type"] == "then":
                return Verdict(KILLED, f"{scenario['location']}: Then {step['name']}")
    others = [
        f"{scenario['location']}: {step['keyword']} {step['name']}"
        for scenario in scenarios
        for step in scenario.get("steps", ())
        if _failed(step)
    ]
    if others:
        return Verdict(SURVIVED, f"only a step before the first Then failed: {others[0]}")
    return Verdict(SURVIVED, f"{len(scenarios)} specs ran, and none failed")


def _scenarios(features: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for feature in features:
        for element in feature.get("elements", ()):
            if element["type"] == "scenario":
                yield element


def _failed(step: Mapping[str, Any]) -> bool:
    return step.get("result", {}).get("status") in ("failed", "error")
