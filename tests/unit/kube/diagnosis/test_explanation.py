"""The explanation of an object: what it reports, then the objects and pods below it, then its owners."""

from __future__ import annotations

from typing import Any

import pytest

from maidenhair.kube.diagnosis.explanation import explain_object
from tests.unit.kube.diagnosis.objects import api, event, failed_pod, made, owned_by, widget

READY = {
    "conditions": [
        {"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-31T12:00:10Z"}
    ]
}
POD_SPEC = {"containers": [{"name": "c", "image": "i"}]}
ENDED = "container c of Pod n/p ended with exit code 3"


def test_an_object_that_says_nothing_is_shown_with_its_status() -> None:
    unknown = widget(status={"colour": "blue"})
    explained = explain_object(api(unknown), unknown)
    assert str(explained) == 'nothing known about Widget n/w\n  status: {"colour": "blue"}'
    assert not explained.found


def test_a_long_status_is_cut_with_its_rest_counted() -> None:
    explained = explain_object(api(), widget(status={"log": "x" * 3000}))
    assert "… (1011 more characters)" in explained.evidence[0]


def test_no_problem_is_found_with_an_object_that_says_it_is_well() -> None:
    well = widget(status=READY)
    assert str(explain_object(api(well), well)) == "no problem found with Widget n/w"


def test_a_warning_event_comes_before_conditions() -> None:
    subject = widget(status={"conditions": [{"type": "Ready", "status": "False"}]})
    explained = explain_object(api(subject, event(subject, "SyncFailed", "no belt")), subject)
    assert explained.sentence == "Widget n/w has a warning: SyncFailed: no belt"
    assert explained.evidence[0] == "Widget n/w: condition Ready is False: no reason reported"


def test_a_warning_from_before_the_object_was_well_does_not_matter() -> None:
    subject = widget(status=READY)
    before = event(subject, "SyncFailed", "no belt")
    after = event(subject, "SyncFailed", "no belt", at="2026-01-31T12:00:20Z")
    assert not explain_object(api(subject, before), subject).found
    assert explain_object(api(subject, after), subject).found


def test_a_warning_about_a_conflict_of_writers_does_not_matter() -> None:
    subject = widget()
    conflict = event(
        subject, "Retry", "Operation cannot be fulfilled: the object has been modified"
    )
    assert not explain_object(api(subject, conflict), subject).found


def chain() -> tuple[Any, ...]:
    """Return a custom resource, its Deployment, its ReplicaSet and a failed pod."""
    top = widget(status={"conditions": [{"type": "Ready", "status": "False"}]})
    deployment = made("apps/v1", "Deployment", "d", metadata=owned_by(top), status={})
    replica_set = made("apps/v1", "ReplicaSet", "d-1", metadata=owned_by(deployment))
    pod = failed_pod(metadata=owned_by(replica_set))
    return top, deployment, replica_set, pod


def test_the_pods_below_an_object_explain_it() -> None:
    top, *rest = chain()
    explained = explain_object(api(top, *rest, logs={"p": "cannot open ledger\n"}), top)
    assert explained.sentence == ENDED
    assert explained.log == ("cannot open ledger",)
    assert str(explained).endswith("\n  last log line: cannot open ledger")


def test_a_failure_that_a_custom_resource_reports_comes_before_that_of_its_pods() -> None:
    top, *rest = chain()
    top["status"] = {"phase": "Failed", "message": "no belt"}
    explained = explain_object(api(top, *rest), top)
    assert explained.sentence == f"Widget n/w is Failed: no belt; {ENDED}"


def test_an_object_below_explains_one_that_has_no_pods() -> None:
    top = widget(status={"conditions": [{"type": "Ready", "status": "False", "reason": "Waits"}]})
    middle = widget("middle", metadata=owned_by(top), status={"phase": "Pending"})
    low = widget("low", metadata=owned_by(middle), status={"phase": "Failed", "message": "no key"})
    explained = explain_object(api(top, middle, low), top)
    assert explained.sentence == "Widget n/low is Failed: no key"
    assert "Widget n/low belongs to Widget n/w" in explained.evidence
    assert "Widget n/w is not Ready: Waits" in explained.evidence


def test_an_object_without_a_namespace_is_explained_by_pods_in_namespaces() -> None:
    top = made("example.com/v1", "Factory", "f", None)
    job = made("batch/v1", "Job", "j", metadata=owned_by(top))
    pod = failed_pod(metadata=owned_by(job))
    explained = explain_object(api(top, job, pod, logs={"p": "no belt"}), top)
    assert explained.sentence == ENDED
    assert explained.log == ("no belt",)


def test_an_owner_explains_an_object_without_a_problem() -> None:
    top = widget(status={"conditions": [{"type": "InvalidSpec", "message": "no source"}]})
    config = made("v1", "ConfigMap", "c", metadata=owned_by(top))
    assert explain_object(api(top, config), config).sentence == (
        "no problem found with ConfigMap n/c, but with its owner: "
        "Widget n/w reports InvalidSpec: no source"
    )


def test_the_failed_pods_of_a_job_that_has_completed_do_not_matter() -> None:
    job = made(
        "batch/v1", "Job", "j", status={"conditions": [{"type": "Complete", "status": "True"}]}
    )
    pod = failed_pod(metadata=owned_by(job))
    assert not explain_object(api(job, pod), job).found


def test_the_last_job_explains_a_cron_job() -> None:
    cron = made("batch/v1", "CronJob", "c", spec={"schedule": "* * * * *"})
    failed = {"conditions": [{"type": "Failed", "status": "True", "reason": "DeadlineExceeded"}]}
    old = made("batch/v1", "Job", "c-1", metadata=owned_by(cron), status=failed)
    metadata = owned_by(cron, creationTimestamp="2026-01-31T12:01:00Z")
    new = made("batch/v1", "Job", "c-2", metadata=metadata, status={"active": 1})
    assert not explain_object(api(cron, old, new), cron).found
    new["status"] = failed
    assert explain_object(api(cron, old, new), cron).sentence.startswith("Job n/c-2 has failed")


def deployment(image: str = "example/i:1", **status: Any) -> Any:
    template = {"spec": {"containers": [{"name": "c", "image": image}]}}
    spec = {"selector": {"matchLabels": {"app": "d"}}, "template": template, "replicas": 1}
    metadata = {"generation": 2}
    return made("apps/v1", "Deployment", "d", spec=spec, status=status, metadata=metadata)


def test_pods_whose_image_a_webhook_rewrote_explain_a_deployment() -> None:
    top = deployment(observedGeneration=2, updatedReplicas=1)
    revision = {"annotations": {"deployment.kubernetes.io/revision": "2"}}
    replica_set = made("apps/v1", "ReplicaSet", "d-2", metadata=owned_by(top, **revision))
    labels = {"labels": {"app": "d", "pod-template-hash": "2"}}
    pod = failed_pod(metadata=owned_by(replica_set, **labels))
    pod["spec"]["containers"][0]["image"] = "mirror.example/i:1"
    assert explain_object(api(top, replica_set, pod), top).sentence == ENDED
    # Also without the right to read ReplicaSets, and for waits.
    assert explain_object(api(top, pod), top).sentence == ENDED


def test_pods_of_the_version_before_a_change_do_not_explain_a_deployment() -> None:
    top = deployment(observedGeneration=1, updatedReplicas=1)
    labels = {"labels": {"app": "d", "pod-template-hash": "1"}}
    old = made("apps/v1", "ReplicaSet", "d-1", metadata=owned_by(top))
    pod = failed_pod(metadata=owned_by(old, **labels))
    explained = explain_object(api(top, old, pod), top)
    assert explained.sentence.startswith("no controller has acted on the last change of Deployment")


@pytest.mark.parametrize("kind", ["Secret", "PersistentVolumeClaim", "NetworkPolicy"])
def test_a_selector_that_is_not_one_of_pods_selects_none(kind: str) -> None:
    subject = made("v1", kind, "s", spec={"selector": {"matchLabels": {"app": "d"}}})
    pod = failed_pod(metadata={"labels": {"app": "d"}})
    assert "exit code" not in str(explain_object(api(subject, pod), subject))


@pytest.mark.parametrize("selector", ["app=d", {"app": "d"}, {"matchLabels": {"app": "d"}}])
def test_a_custom_resource_may_select_pods_in_its_own_way(selector: Any) -> None:
    subject = widget(spec={"selector": selector, "template": "none"})
    pod = failed_pod(metadata={"labels": {"app": "d"}})
    assert explain_object(api(subject, pod), subject).sentence == ENDED


def test_a_kind_of_another_group_with_the_name_of_one_of_kubernetes_is_not_that_kind() -> None:
    knative = made("serving.example.com/v1", "Service", "s", spec={}, status=READY)
    assert not explain_object(api(knative), knative).found


def test_what_the_account_may_not_read_is_left_out() -> None:
    subject = widget(status={"phase": "Failed"})
    kube = api(subject, forbidden=("Pod", "Event", "Node", "Namespace", "Job"))
    assert explain_object(kube, subject).sentence == "Widget n/w is Failed"


def test_a_rule_that_cannot_read_an_object_is_reported_and_the_others_still_help() -> None:
    subject = made("v1", "Service", "s", spec={"selector": {"app": "x"}, "ports": 3})
    pod = made("v1", "Pod", "p", metadata={"labels": {"app": "x"}}, spec=POD_SPEC)
    warning = event(subject, "SyncFailed", "no address")
    explained = explain_object(api(subject, pod, warning), subject)
    assert explained.sentence == "Service n/s has a warning: SyncFailed: no address"
    assert "services.no_such_port cannot read the object" in explained.evidence[-1]


def test_an_explanation_for_programs_names_the_object_and_its_problem() -> None:
    subject = widget(status={"phase": "Failed"})
    found = explain_object(api(subject), subject).as_json()
    assert (found["kind"], found["name"], found["problem"]) == ("Widget", "w", True)
    assert found["cause"] == "Widget n/w is Failed"
