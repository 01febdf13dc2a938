"""The states of pods that waits are about."""

from __future__ import annotations

from typing import Any

import pytest
from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description

from maidenhair.errors import WaitStopped
from maidenhair.kube import Kube, Object
from maidenhair.kube.pod import Pod, is_running, is_unschedulable
from tests.unit.memory_api import MemoryTransport

UNSCHEDULABLE = {
    "type": "PodScheduled",
    "status": "False",
    "reason": "Unschedulable",
    "message": "0/1 nodes are available",
}


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


def apply(kube: Kube, spec: Object, status: Object) -> None:
    metadata = {"name": "web"}
    kube.apply(
        {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": status}
    )


@pytest.fixture
def kube() -> Kube:
    return Kube(MemoryTransport(), "lab")  # type: ignore[arg-type]


@pytest.mark.parametrize("phase", ["Pending", "Running", "Succeeded"])
def test_a_wait_for_a_pending_pod_stops_if_the_pod_is_bound(kube: Kube, phase: str) -> None:
    apply(kube, {"nodeName": "one", "containers": []}, {"phase": phase})
    with pytest.raises(WaitStopped, match=f"bound to node one with phase {phase}"):
        Pod(kube, "lab", "web").wait_until_pending("Insufficient cpu")


def test_a_wait_for_a_reason_stops_when_the_pod_is_bound(kube: Kube) -> None:
    apply(kube, {"containers": []}, {"phase": "Pending", "conditions": [UNSCHEDULABLE]})

    class BindsThePod(BaseMatcher[str]):
        """Matches nothing. The scheduler finds a node while the wait looks for the reason."""

        def _matches(self, _: str) -> bool:
            apply(kube, {"nodeName": "one", "containers": []}, {"phase": "Running"})
            return False

        def describe_to(self, description: Description) -> None:
            description.append_text("nothing")

    with pytest.raises(WaitStopped, match="bound to node one with phase Running"):
        Pod(kube, "lab", "web").wait_until_pending(BindsThePod())


def test_a_wait_for_a_pending_pod_ends_with_its_reason(kube: Kube) -> None:
    apply(kube, {"containers": []}, {"phase": "Pending", "conditions": [UNSCHEDULABLE]})
    assert Pod(kube, "lab", "web").wait_until_pending("nodes are available") is None
