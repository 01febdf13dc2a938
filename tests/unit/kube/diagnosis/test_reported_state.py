"""Conditions of any type, phases and messages are judged by their words."""

from __future__ import annotations

from typing import Any

import pytest

from maidenhair.kube.diagnosis.reported_state import generation_behind, problems_in, well_since
from tests.unit.kube.diagnosis.objects import widget


def condition(name: str, status: str | None = None, **more: Any) -> dict[str, Any]:
    return {"type": name, **({"status": status} if status is not None else {}), **more}


def summaries(*conditions: Any, **status: Any) -> list[str]:
    subject = widget(status={"conditions": list(conditions), **status}, metadata={"generation": 3})
    return [each.summary for each in problems_in(subject)]


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        (condition("Ready", "False", reason="NoBelt"), "is not Ready: NoBelt"),
        (condition("Synced", "False", message="no answer"), "is not Synced: no answer"),
        (condition("BeltFastened", "False"), "is not BeltFastened"),
        (condition("Degraded", "True", message="slow"), "reports Degraded: slow"),
        (condition("ReplicaFailure", "True"), "reports ReplicaFailure"),
        (condition("InvalidSpec", message="no source"), "reports InvalidSpec: no source"),
        (condition("ComparisonError", message="no git"), "reports ComparisonError: no git"),
        (condition("Progressing", "False", reason="DeadlineExceeded"), "is not Progressing: Dead"),
        (condition("Ready", "Unknown"), "is not known to be Ready"),
        (condition("Suspended", "True"), "is Suspended"),
        (condition("Stalled", "true"), "reports Stalled"),
        ({"type": "Ready", "status": False}, "is not Ready"),
        (condition("Ready", "False", observedGeneration=2), "is not Ready (about generation 2; "),
    ],
)
def test_a_condition_that_reports_a_problem(found: Any, problem: str) -> None:
    assert summaries(found)[0].startswith(problem)


@pytest.mark.parametrize(
    "found",
    [
        condition("Ready", "True"),
        condition("Degraded", "False"),
        condition("MemoryPressure", "False"),
        condition("Progressing", "False", reason="NewReplicaSetAvailable"),
        condition("Reconciling", "True"),
        condition("Suspended", "False"),
        condition("Ready", "False", reason="PodCompleted"),
        condition("Ready", "False", severity="Info"),
        condition("Checked"),
        condition(""),
        {"status": "False"},
        {"type": ["Ready"], "status": "False"},
    ],
)
def test_a_condition_that_reports_no_problem(found: Any) -> None:
    assert summaries(found) == []


def test_failures_come_before_summaries_and_details() -> None:
    found = summaries(
        condition("Suspended", "True"),
        condition("BeltFastened", "False"),
        condition("Ready", "False"),
        condition("Failed", "True"),
    )
    assert found == ["reports Failed", "is not Ready", "is not BeltFastened", "is Suspended"]


def test_conditions_may_be_a_mapping_by_type() -> None:
    conditions = {"Ready": {"status": "False", "reason": "NoBelt"}, "Degraded": "True", "Up": True}
    found = [each.summary for each in problems_in(widget(status={"conditions": conditions}))]
    assert found == ["reports Degraded", "is not Ready: NoBelt"]


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        ({"phase": "Failed", "reason": "NoBelt", "message": "m"}, "is Failed: NoBelt: m"),
        ({"state": "errored"}, "is errored"),
        ({"health": {"status": "Degraded", "message": "slow"}}, "is Degraded: slow"),
        ({"errorMessage": "no belt"}, "reports an error in status.errorMessage: no belt"),
        ({"lastError": {"message": "no"}}, "reports an error in status.lastError: no"),
        ("Broken", "is Broken"),
    ],
)
def test_a_phase_or_a_message_that_reports_a_problem(status: Any, problem: str) -> None:
    assert [each.summary for each in problems_in(widget(status=status))] == [problem]


@pytest.mark.parametrize(
    "status",
    [None, {}, {"phase": "Running"}, {"phase": "Pending", "message": "soon"}, {"error": ""}],
)
def test_a_status_that_reports_no_problem(status: Any) -> None:
    assert problems_in(widget(status=status)) == []


@pytest.mark.parametrize(
    ("status", "behind"),
    [
        ({"observedGeneration": 2}, (2, 3)),
        ({"observedGeneration": 3}, None),
        ({}, None),
        ({"conditions": [condition("Ready", "True", observedGeneration=1)]}, (1, 3)),
        ({"observedGeneration": "2"}, None),
    ],
)
def test_a_controller_that_has_not_acted_on_the_last_change(status: Any, behind: Any) -> None:
    subject = widget(status=status, metadata={"generation": 3})
    assert generation_behind(subject) == behind


@pytest.mark.parametrize(
    ("status", "since"),
    [
        ({"conditions": [condition("Ready", "True", lastTransitionTime="t")]}, "t"),
        ({"phase": "Bound"}, ""),
        ({"phase": "Pending"}, None),
        ({"conditions": [condition("Ready", "True"), condition("Stalled", "True")]}, None),
        ("up", ""),
    ],
)
def test_an_object_says_since_when_it_is_well(status: Any, since: str | None) -> None:
    assert well_since(widget(status=status)) == since
