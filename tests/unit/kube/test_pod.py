"""The states of pods that waits are about."""

from __future__ import annotations

from typing import Any

import pytest

from maidenhair.kube.pod import is_running, is_unschedulable


def pod(phase: str, status: str = "True", reason: str | None = None) -> dict[str, Any]:
    scheduled = {"type": "PodScheduled", "status": status, "reason": reason}
    return {"metadata": {"name": "web"}, "status": {"phase": phase, "conditions": [scheduled]}}


@pytest.mark.parametrize(("phase", "runs"), [("Running", True), ("Pending", False)])
def test_a_pod_runs_by_its_phase(phase: str, runs: bool) -> None:
    assert is_running().matches(pod(phase)) is runs


@pytest.mark.parametrize(
    ("found", "matches"),
    [
        (pod("Pending", "False", "Unschedulable"), True),
        (pod("Pending", "False", "SchedulingGated"), False),
        (pod("Pending"), False),
        (pod("Running", "False", "Unschedulable"), False),
        ({"metadata": {"name": "web"}, "status": {"phase": "Pending"}}, False),
    ],
)
def test_a_pod_is_unschedulable_by_phase_and_condition(
    found: dict[str, Any], matches: bool
) -> None:
    assert is_unschedulable().matches(found) is matches
