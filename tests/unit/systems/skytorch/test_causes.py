"""The likely causes of Computes that are not Ready, with objects as real clusters return them."""

from __future__ import annotations

from typing import Any

import pytest

from maidenhair.kube.diagnosis.causes.cause import Cause
from maidenhair.kube.diagnosis.facts import facts_from
from maidenhair.kube.diagnosis.related_objects import RelatedObjects
from maidenhair.kube.diagnosis.rules import likely_cause
from maidenhair.kube.objects import Object, Objects
from maidenhair.systems.skytorch.causes import KNOWLEDGE

READY = [{"type": "Ready", "status": "True", "observedGeneration": 2}]


def compute(image: str = "good:1", **fields: Any) -> Object:
    return {
        "apiVersion": "compute.skytorch.dev/v1alpha1",
        "kind": "Compute",
        "metadata": {"name": "demo", "namespace": "n", "uid": "c1", "generation": 2},
        "spec": {"image": image},
        "status": {"conditions": READY},
        **fields,
    }


def pod(compute: str = "demo", image: str = "good:1") -> Object:
    """Return a pod whose image cannot be pulled."""
    labels = {"app.kubernetes.io/name": "skytorch-server", "app.kubernetes.io/instance": compute}
    waiting = {"waiting": {"reason": "ErrImagePull", "message": "not found"}}
    return {
        "kind": "Pod",
        "metadata": {"name": "demo-0", "namespace": "n", "uid": "p1", "labels": labels},
        "spec": {"containers": [{"name": "server", "image": image}]},
        "status": {
            "phase": "Pending",
            "containerStatuses": [{"name": "server", "image": image, "state": waiting}],
        },
    }


def operator(ready: int, replicas: int) -> Object:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "skytorch-operator", "namespace": "skytorch-system"},
        "spec": {"replicas": replicas},
        "status": {"readyReplicas": ready},
    }


def cause_of(
    subject: Object, *pods: Object, related: Objects | None = None, known: str = ""
) -> Cause | None:
    facts = facts_from(
        subject, pods, (), (), related or (), known.split(), pick_pods=KNOWLEDGE.pods
    )
    return likely_cause(facts, KNOWLEDGE)


def test_the_pod_of_a_compute_is_found_by_its_labels() -> None:
    cause = cause_of(compute(), pod())
    assert cause is not None
    assert cause.hopeless
    assert "of Pod n/demo-0 cannot be pulled" in cause.sentence


@pytest.mark.parametrize("other", [pod("demo2"), pod(image="before:1")])
def test_pods_of_other_computes_and_of_an_earlier_image_do_not_count(other: Object) -> None:
    assert cause_of(compute(), other) is None


def test_a_pod_counts_if_the_compute_names_no_image() -> None:
    unnamed = compute()
    del unnamed["spec"]
    assert cause_of(unnamed, pod(image="any:1")) is not None


def test_a_suspended_compute_has_no_pod() -> None:
    suspended = compute(spec={"suspend": True})
    assert cause_of(suspended) == Cause(
        "Compute n/demo is suspended (spec.suspend) and therefore has no pod"
    )


NOT_RECONCILED = "no operator has reconciled Compute n/demo"
CHECK_LOG = "; check the log of Deployment skytorch-system/skytorch-operator"


@pytest.mark.parametrize(
    ("related", "known", "expected"),
    [
        ([], "", CHECK_LOG),
        ([operator(1, 1)], "Deployment", CHECK_LOG),
        (
            [operator(0, 2)],
            "Deployment",
            ": the SkyTorch operator (Deployment skytorch-system/skytorch-operator) has 0 of 2 pods ready",
        ),
        (
            [],
            "Deployment",
            ": the SkyTorch operator is not installed "
            "(there is no Deployment skytorch-system/skytorch-operator)",
        ),
    ],
)
def test_why_a_compute_is_not_reconciled(related: Objects, known: str, expected: str) -> None:
    untouched = compute(status={})
    assert cause_of(untouched, related=related, known=known) == Cause(NOT_RECONCILED + expected)


def test_a_status_of_an_earlier_generation_does_not_count() -> None:
    stale = compute(status={"conditions": [{**READY[0], "observedGeneration": 1}]})
    cause = cause_of(stale)
    assert cause is not None
    assert cause.sentence.startswith(NOT_RECONCILED)


def test_the_reason_of_a_compute_that_is_not_ready_is_its_cause() -> None:
    waits = {"type": "Ready", "status": "False", "reason": "GatewayNotProgrammed"}
    cause = cause_of(compute(status={"conditions": [waits]}))
    assert cause is not None
    assert cause.sentence == "Compute n/demo is not Ready: GatewayNotProgrammed"


UNAVAILABLE = {"type": "Ready", "status": "False", "reason": "StatefulSetNotAvailable"}
WITHOUT_SET = compute(status={"conditions": [UNAVAILABLE]})
TWICE = (
    "reconciling n/demo failed and will be repeated: ApplyFailed: PATCH /apis/apps/v1/namespaces/n/statefulsets/demo: "
    "500: failed to create typed patch object (n/demo; apps/v1, Kind=StatefulSet): "
    '.spec.template.spec.containers[name="server"].env: duplicate entries for key [name="SKYTORCH_PORT"]'
)
AS_THE_REAL_OPERATOR = (
    'ERROR Failed to reconcile StatefulSet {"compute": {"name":"demo","namespace":"n"}, "error": "failed to apply: '
    '.spec.template.spec.containers[name=\\"server\\"].env: duplicate entries for key [name=\\"SKYTORCH_PORT\\"]"}'
)
INVALID = (
    'reconciling n/demo failed: ApplyFailed: PATCH …: 422: StatefulSet.apps "demo" is invalid: spec.cpu: '
    "Invalid value: -1; PATCH /api/v1/namespaces/n/services/demo: 500: no"
)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([TWICE], "its list 'env' has the name 'SKYTORCH_PORT' twice"),
        ([AS_THE_REAL_OPERATOR], "its list 'env' has the name 'SKYTORCH_PORT' twice"),
        ([INVALID], "spec.cpu: Invalid value: -1"),
        ([TWICE, INVALID, "n/demo: another error"], "spec.cpu: Invalid value: -1"),
        (["n/demo: some other error"], "the operator's log says: n/demo: some other error"),
    ],
)
def test_the_operators_log_says_why_there_is_no_stateful_set(
    lines: list[str], expected: str
) -> None:
    log = {"kind": "Log", "metadata": {"name": "skytorch-operator-1"}, "lines": lines}
    cause = cause_of(WITHOUT_SET, related=[log])
    assert cause is not None
    assert cause.sentence.startswith(
        f"the API refuses the StatefulSet of Compute n/demo: {expected}"
    )
    assert cause.evidence[-1].startswith("log of skytorch-system/skytorch-operator: ")


@pytest.mark.parametrize("lines", [[], ["n/demo: all is well"]])
def test_a_log_without_a_failure_is_no_cause(lines: list[str]) -> None:
    log = {"kind": "Log", "metadata": {"name": "skytorch-operator-1"}, "lines": lines}
    cause = cause_of(WITHOUT_SET, related=[log])
    assert cause is not None
    assert cause.sentence == "Compute n/demo is not Ready: StatefulSetNotAvailable"


class Logs:
    """An API with pods that have logs."""

    def __init__(self, **logs: str) -> None:
        self.logs = {name.replace("_", "-"): text for name, text in logs.items()}

    def get(self, *place: Any) -> None:
        return None

    def list(self, api_version: str, kind: str, namespace: str | None = None) -> Objects:
        spec = {"containers": [{"name": "manager"}]}
        return [{"metadata": {"name": name}, "spec": spec} for name in self.logs]

    def pod_logs(self, namespace: str, pod: str, *options: Any, **more: Any) -> str:
        return self.logs[pod]


def test_the_lines_of_the_operators_log_that_name_the_compute_are_related_to_it() -> None:
    log = "\n".join(["n/demo: no", "n/demo-2: no", "more-n/demo: no", "n: no"])
    related = RelatedObjects(Logs(skytorch_operator_1=log, other="n/demo"))
    KNOWLEDGE.related["Compute"](related, WITHOUT_SET)
    assert [each["lines"] for each in related.found if each["kind"] == "Log"] == [["n/demo: no"]]


class Cluster:
    """An API that has every requested object."""

    def get(
        self, api_version: str, kind: str, name: str, namespace: str | None = None
    ) -> Object | None:
        spec = {"parentRefs": [{"name": "g"}], "gatewayClassName": "c"}
        return {"kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec}

    def list(self, api_version: str, kind: str, namespace: str | None = None) -> Objects:
        raise AssertionError("the names of all related objects are known, so none is listed")


def test_the_operator_and_the_route_through_the_gateway_are_related_to_a_compute() -> None:
    related = RelatedObjects(Cluster())
    KNOWLEDGE.related["Compute"](related, compute())

    found = {(each["kind"], each["metadata"]["name"]) for each in related.found}
    assert found == {
        ("Deployment", "skytorch-operator"),
        ("GRPCRoute", "demo"),
        ("Gateway", "g"),
        ("GatewayClass", "c"),
    }
