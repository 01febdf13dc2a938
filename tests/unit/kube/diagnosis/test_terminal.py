"""States that are terminal, and expectations that may be about a failure."""

from __future__ import annotations

from typing import Any

import pytest
from hamcrest import (
    all_of,
    any_of,
    equal_to,
    greater_than,
    has_entries,
    has_items,
    has_length,
    not_,
    not_none,
)
from hamcrest.core.matcher import Matcher

from maidenhair.kube import Object
from maidenhair.kube.diagnosis.expectation import expects_success, may_expect_failure
from maidenhair.kube.diagnosis.terminal import terminal_state
from maidenhair.kube.matchers import (
    has_condition,
    has_event,
    has_jmespath,
    has_labels,
    is_absent,
    is_present,
    matches_tree,
)
from maidenhair.kube.matchers.rolled_out import is_rolled_out
from maidenhair.kube.pod import is_running, is_unschedulable

WIDGET = "example.com/v1", "Widget"
JOB = "batch/v1", "Job"
POD = "v1", "Pod"
DEPLOYMENT = "apps/v1", "Deployment"


def made(kind: tuple[str, str], status: Any = None, **metadata: Any) -> Object:
    version, name = kind
    return {
        "apiVersion": version,
        "kind": name,
        "metadata": {"name": "x", "namespace": "n", **metadata},
        "status": status,
    }


def reports(condition_type: str, status: str | None = "True", **fields: Any) -> dict[str, Any]:
    found = {"type": condition_type, **fields} | ({"status": status} if status else {})
    return {"conditions": [found]}


DEADLINE = {"reason": "ProgressDeadlineExceeded", "message": "too slow"}


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (made(JOB, reports("Failed", reason="DeadlineExceeded")), "has failed: DeadlineExceeded"),
        (made(JOB, reports("FailureTarget")), "has failed"),
        (made(JOB, reports("Failed", "False")), None),
        (made(JOB, reports("Complete")), None),
        (made(JOB, reports("Failed"), deletionTimestamp="2026-01-31T12:00:00Z"), None),
        (
            made(DEPLOYMENT, reports("Progressing", "False", **DEADLINE)),
            "makes no progress: ProgressDeadlineExceeded: too slow",
        ),
        (
            made(
                DEPLOYMENT,
                {**reports("Progressing", "False", **DEADLINE), "observedGeneration": 1},
                generation=2,
            ),
            None,
        ),
        (made(DEPLOYMENT, reports("Progressing", reason="ReplicaSetUpdated")), None),
        (made(POD, {"phase": "Succeeded"}), "has ended (phase Succeeded), and is not started"),
        (made(POD, {"phase": "Failed", "reason": "Evicted"}), "has failed: Evicted"),
        (made(POD, {"phase": "Running"}), None),
        (made(POD, {"phase": "Failed"}, ownerReferences=[{"kind": "StatefulSet"}]), None),
        (made(POD, {"phase": "Failed"}, ownerReferences=[{"kind": "Job"}]), "has failed"),
        (made(("v1", "PersistentVolumeClaim"), {"phase": "Lost"}), "has lost its volume"),
        (made(WIDGET, reports("Stalled", reason="NoBelt")), "reports Stalled: NoBelt"),
        (made(WIDGET, reports("Stalled", "False")), None),
        (
            made(WIDGET, reports("InvalidSpec", None, message="no source")),
            "reports InvalidSpec: no",
        ),
        (made(WIDGET, reports("Stalled", observedGeneration=1), generation=2), None),
        (made(WIDGET, reports("Succeeded", "False", reason="TaskRunTimeout")), "has not succeeded"),
        (made(WIDGET, reports("Succeeded", "False", reason="Running")), None),
        (made(WIDGET, reports("Ready", "False", reason="Failed")), None),
        (made(WIDGET, {"phase": "Failed", "message": "no belt"}), "is Failed: no belt"),
        (made(WIDGET, {"phase": "Pending"}), None),
        (made(WIDGET, {"phase": "Failed", "observedGeneration": 1}, generation=2), None),
        (made(WIDGET, "broken"), None),
        (made(WIDGET), None),
    ],
)
def test_a_terminal_state_has_a_reason(subject: Object, expected: str | None) -> None:
    found = terminal_state(subject)
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert found.startswith(f"{subject['kind']} n/x {expected}")


def job_of(cron_job: Object, minute: int, condition: str = "Failed") -> Object:
    owner = {"kind": "CronJob", "name": "x", "uid": cron_job["metadata"]["uid"]}
    created = f"2026-01-31T12:0{minute}:00Z"
    return made(JOB, reports(condition), ownerReferences=[owner], creationTimestamp=created)


@pytest.mark.parametrize(
    ("conditions", "suspended", "expected"),
    [
        (["Failed"], False, None),
        (["Failed", "Failed"], False, "cannot complete: its last 2 Jobs failed; the last one has"),
        (["Failed", "Complete"], False, None),
        (["Complete", "Failed", "Failed", "Suspended"], False, "cannot complete"),
        (["Failed"], True, "is suspended, and its last Job has failed"),
        (["Failed", "Suspended"], True, None),
        (["Complete"], True, None),
        ([], True, None),
    ],
)
def test_a_cron_job_is_judged_by_its_last_jobs(
    conditions: list[str], suspended: bool, expected: str | None
) -> None:
    cron_job = made(("batch/v1", "CronJob"), {}, uid="c") | {"spec": {"suspend": suspended}}
    jobs = [job_of(cron_job, minute, each) for minute, each in enumerate(conditions)]
    another = job_of({"metadata": {"uid": "another"}}, 9)
    found = terminal_state(cron_job, [*reversed(jobs), another])
    assert (found or "").startswith(f"CronJob n/x {expected}") if expected else found is None


def test_a_rule_of_the_user_comes_first_and_kinds_may_recover() -> None:
    failed = made(WIDGET, {"phase": "Failed"})
    assert terminal_state(failed, rules=[lambda each: each["metadata"]["name"]]) == "x"
    assert terminal_state(failed, recovering=["Widget"]) is None


FAILURES: list[Matcher[Any]] = [
    has_condition("Failed"),
    has_condition("Ready", "False"),
    has_condition("Failed", reason="BackoffLimitExceeded"),
    has_condition("Ready", reason="ImagePullBackOff"),
    has_condition("Progressing", "False", reason="ProgressDeadlineExceeded"),
    has_jmespath("status.phase", "Failed"),
    has_jmespath("status.containerStatuses[0].restartCount", greater_than(1)),
    has_jmespath("status.failed", 1),
    has_jmespath("status.phase", not_("Running")),
    has_event("FailedScheduling"),
    matches_tree({"status": {"conditions": [{"type": "Ready", "status": "False"}]}}),
    any_of(has_condition("Ready"), has_condition("Failed")),
    all_of(is_present(), has_condition("Stalled")),
    is_absent(),
    is_unschedulable(),
    equal_to(None),
]
SUCCESSES: list[Matcher[Any]] = [
    has_condition("Ready"),
    has_condition("Complete"),
    has_condition("Available", reason="MinimumReplicasAvailable"),
    has_jmespath("status.succeeded", 1),
    has_jmespath("status.podIP", not_none()),
    matches_tree({"status": {"readyReplicas": 3}}),
    all_of(is_present(), has_condition("Ready")),
    is_running(),
    is_rolled_out(),
]
OTHERS: list[Matcher[Any]] = [
    is_present(),
    has_labels({"app": "web"}),
    has_length(3),
    has_items(has_entries(name="a")),
]


@pytest.mark.parametrize("matcher", FAILURES, ids=str)
def test_an_expected_failure_is_recognized(matcher: Matcher[Any]) -> None:
    assert may_expect_failure(matcher)
    assert not expects_success(matcher)


@pytest.mark.parametrize("matcher", SUCCESSES, ids=str)
def test_an_expected_success_is_recognized(matcher: Matcher[Any]) -> None:
    assert expects_success(matcher)


@pytest.mark.parametrize("matcher", OTHERS, ids=str)
def test_an_expectation_of_something_else_is_neither(matcher: Matcher[Any]) -> None:
    assert not may_expect_failure(matcher)
    assert not expects_success(matcher)
