"""Causes that controllers, the scheduler and the API server report. No container is needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hamcrest import equal_to, has_entries

from maidenhair.errors import ApiRefused, WaitStopped
from maidenhair.kube import Kube, Object
from maidenhair.kube.diagnosis.explain import explain, stop_when_hopeless
from maidenhair.kube.matchers import has_condition
from maidenhair.kube.run.run import Run
from maidenhair.kube.watch.watched import WatchedObject
from maidenhair.waiting import eventually
from tests.cluster.kube.diagnosis.causes import claim, deployment, made, pod, wait_for_cause

LONG = 600.0
FINALIZER = "tests.maidenhair.dev/never"
POLICY = "tests-maidenhair-nothing-denied"
STATIC, ELSEWHERE = "tests-static", "tests-elsewhere"
IMAGE = {"image": "absent:1"}


@pytest.fixture(scope="module")
def namespace(kube: Kube) -> Iterator[str]:
    with Run(kube) as run, run.namespace("explain") as name:
        yield name


@pytest.fixture(scope="module")
def guarded(kube: Kube) -> Iterator[str]:
    """Provide a namespace in which a quota, a range of limits, pod security and a policy refuse pods."""
    with Run(kube) as run, run.namespace("explain guarded") as name, ExitStack() as undo:
        kube.patch("v1", "Namespace", name, {"metadata": {"labels": SECURITY}})
        hard = {"count/configmaps": "100", "requests.memory": "1Gi"}
        kube.apply(made("ResourceQuota", "small", name, spec={"hard": hard}))
        limit = {"type": "Container", "max": {"cpu": "1"}, "default": {"cpu": "1", "memory": "1Mi"}}
        kube.apply(made("LimitRange", "range", name, spec={"limits": [limit]}))
        for each in policy():
            undo.callback(kube.delete, each["apiVersion"], each["kind"], POLICY)
            kube.apply(each)
        eventually(lambda: is_denied(kube, name), equal_to(True), within=60)
        yield name


def is_denied(kube: Kube, namespace: str) -> bool:
    """Return whether the policy is in force."""
    try:
        kube.apply(pod(namespace, "denied", IMAGE))
    except ApiRefused as refused:
        return POLICY in str(refused)
    kube.delete("v1", "Pod", "denied", namespace, grace_period_seconds=0)
    return False


SECURITY = {"pod-security.kubernetes.io/enforce": "baseline"}


def policy() -> list[Object]:
    """Return a policy that denies pods which are labelled app=denied, and its binding."""
    rule = {
        "apiGroups": [""],
        "apiVersions": ["v1"],
        "operations": ["CREATE"],
        "resources": ["pods"],
    }
    spec = {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": [rule]},
        "validations": [
            {
                "expression": "object.metadata.?labels['app'].orValue('') != 'denied'",
                "message": "nothing that is denied",
            }
        ],
    }
    metadata = {"name": POLICY}
    api_version = "admissionregistration.k8s.io/v1"
    binding = {"policyName": POLICY, "validationActions": ["Deny"]}
    return [
        {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": each}
        for kind, each in (
            ("ValidatingAdmissionPolicy", spec),
            ("ValidatingAdmissionPolicyBinding", binding),
        )
    ]


def container(**more: object) -> Object:
    return {"containers": [{"name": "main", **IMAGE, **more}]}


REFUSED: tuple[tuple[str, Object, str], ...] = (
    (
        "quota",
        container(resources={"requests": {"memory": "2Gi"}, "limits": {"memory": "2Gi"}}),
        "ResourceQuota small allows requests.memory=1Gi in total, .* and the pod requests requests.memory=2Gi",
    ),
    (
        "limit",
        container(resources={"limits": {"cpu": "2", "memory": "1Mi"}}),
        "a LimitRange forbids the pod: maximum cpu usage per Container is 1, but limit is 2",
    ),
    (
        "security",
        {"hostNetwork": True},
        "the namespace's PodSecurity level baseline:latest forbids the pod: host namespaces",
    ),
    ("denied", {}, f"ValidatingAdmissionPolicy {POLICY} denies the pod: nothing that is denied"),
    ("account", {"serviceAccountName": "absent"}, "ServiceAccount absent does not exist"),
    ("priority", {"priorityClassName": "absent"}, "PriorityClass absent does not exist"),
    ("runtime", {"runtimeClassName": "absent"}, "RuntimeClass absent does not exist"),
)


@pytest.fixture(scope="module")
def refused(kube: Kube, guarded: str) -> str:
    """Provide a namespace with Deployments whose pods are all refused."""
    for name, spec, _ in REFUSED:
        kube.apply(deployment(guarded, name, **spec))
    return guarded


@pytest.mark.parametrize(
    ("name", "expected"),
    [pytest.param(name, explanation, id=name) for name, _, explanation in REFUSED],
)
def test_a_refused_pod_is_explained(kube: Kube, refused: str, name: str, expected: str) -> None:
    subject = made("Deployment", name, refused)
    wait_for_cause(
        kube, subject, f"no pod can be created for Deployment {refused}/{name}: {expected}"
    )


@pytest.mark.parametrize("name", ["quota", "security", "denied"])
def test_a_wait_ends_if_the_refusal_is_permanent(kube: Kube, refused: str, name: str) -> None:
    hopeless = stop_when_hopeless(kube, made("Deployment", name, refused))
    with (
        WatchedObject(kube, "apps/v1", "Deployment", name, refused) as watched,
        pytest.raises(WaitStopped, match="Reason: no pod can be created for"),
    ):
        eventually(watched, has_condition("Available"), within=LONG, stop_when=[hopeless])


def test_a_quota_that_other_pods_use_up_ends_a_wait_with_limited_patience(kube: Kube) -> None:
    with Run(kube) as run, run.namespace("explain quota") as name:
        kube.apply(made("ResourceQuota", "one", name, spec={"hard": {"pods": "1"}}))
        with WatchedObject(kube, "v1", "ResourceQuota", "one", name) as watched:
            used = has_entries(status=has_entries(used=has_entries(pods="0")))
            eventually(watched, used, within=60)
        kube.apply(pod(name, "other", IMAGE))
        web = deployment(name, "web")
        hopeless = stop_when_hopeless(kube, web, patience=0.2)
        kube.apply(web)
        expected = "Reason: for over 0.2 s: no pod can be created for .*pods=1 is used"
        with (
            WatchedObject(kube, "apps/v1", "Deployment", "web", name) as watched,
            pytest.raises(WaitStopped, match=expected),
        ):
            eventually(watched, has_condition("Available"), within=LONG, stop_when=[hopeless])


def test_a_pod_in_a_cluster_without_nodes_is_explained(kube: Kube, namespace: str) -> None:
    nowhere = kube.apply(pod(namespace, "nowhere", IMAGE))
    wait_for_cause(kube, nowhere, "cannot be scheduled: the cluster has no nodes")


def test_a_stopped_or_absent_workload_is_explained(kube: Kube, namespace: str) -> None:
    for name, field in (("none", {"replicas": 0}), ("still", {"paused": True, "replicas": 1})):
        manifest = deployment(namespace, name)
        manifest["spec"] |= field
        kube.apply(manifest)
    none = made("Deployment", "none", namespace)
    wait_for_cause(kube, none, f"Deployment {namespace}/none is scaled to 0 replicas")
    still = made("Deployment", "still", namespace)
    wait_for_cause(kube, still, f"Deployment {namespace}/still is paused")
    absent = made("Deployment", "absent", namespace)
    assert explain(kube, absent) == f"Deployment {namespace}/absent does not exist"


@pytest.fixture(scope="module")
def claims(kube: Kube, namespace: str) -> Iterator[str]:
    """Provide a namespace with claims that lack a StorageClass, a provisioner, or a volume."""
    provisioners = {STATIC: "kubernetes.io/no-provisioner", ELSEWHERE: "example.com/absent"}
    for name, provisioner in provisioners.items():
        kube.apply(made("StorageClass", name, provisioner=provisioner))
    for class_name in ("absent", "", *provisioners):
        name = class_name or "classless"
        kube.apply(claim(namespace, name, storageClassName=class_name))
    lost = claim(namespace, "lost", storageClassName=STATIC, volumeName="absent-volume")
    kube.apply(lost)
    kube.patch("v1", "PersistentVolumeClaim", "lost", BOUND, namespace)
    yield namespace
    for name in provisioners:
        kube.delete("storage.k8s.io/v1", "StorageClass", name)


BOUND = {"metadata": {"annotations": {"pv.kubernetes.io/bind-completed": "yes"}}}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("absent", "uses StorageClass absent, which does not exist"),
        ("classless", "has no StorageClass, and no PersistentVolume matches it"),
        (
            STATIC,
            f"no PersistentVolume matches .*, and StorageClass {STATIC} does not provision volumes",
        ),
        (
            ELSEWHERE,
            "is waiting for provisioner example.com/absent, which has not created a volume",
        ),
        ("lost", "has lost its volume absent-volume"),
    ],
)
def test_a_claim_without_a_volume_is_explained(
    kube: Kube, claims: str, name: str, expected: str
) -> None:
    wait_for_cause(kube, made("PersistentVolumeClaim", name, claims), expected)


def test_a_service_without_endpoints_or_address_is_explained(kube: Kube, namespace: str) -> None:
    ports = [{"port": 80}]
    web = pod(namespace, "web", IMAGE)
    web["metadata"]["labels"]["tier"] = "front"
    kube.apply(web)
    wrong = {"selector": {"app": "wbe", "tier": "front"}, "ports": ports}
    outside = {"selector": {"app": "web"}, "ports": ports, "type": "LoadBalancer"}
    for name, spec in (("wrong", wrong), ("unselected", {"ports": ports}), ("outside", outside)):
        kube.apply(made("Service", name, namespace, spec=spec))
    explanation = wait_for_cause(
        kube,
        made("Service", "wrong", namespace),
        f"no pod has the labels that Service {namespace}/wrong selects: app=wbe,tier=front",
    )
    assert f"(Pod {namespace}/web has app=web,tier=front)" in explanation
    unselected = made("Service", "unselected", namespace)
    wait_for_cause(kube, unselected, "has no selector and no endpoints")
    ready = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    kube.patch_status("v1", "Pod", "web", ready, namespace)
    outside = made("Service", "outside", namespace)
    wait_for_cause(kube, outside, "is waiting for an address from a load balancer")


def test_the_cause_of_a_namespace_that_is_not_gone_names_the_finalizer(kube: Kube) -> None:
    with Run(kube) as run, run.namespace("explain going") as name:
        held = made("ConfigMap", "held", name)
        held["metadata"]["finalizers"] = [FINALIZER]
        kube.apply(held)
        hopeless = stop_when_hopeless(kube, made("Deployment", "web", name))
        kube.delete("v1", "Namespace", name)
        try:
            explanation = wait_for_cause(
                kube,
                made("Namespace", name),
                f"Namespace {name} is not gone because its objects still have finalizers: "
                f"{FINALIZER} in 1 resource instances",
            )
            assert f"ConfigMap {name}/held is being deleted, waiting for finalizers" in explanation
            wait_for_cause(kube, held, f"is being deleted and waiting for finalizers: {FINALIZER}")
            with (
                WatchedObject(kube, "apps/v1", "Deployment", "web", name) as watched,
                pytest.raises(
                    WaitStopped, match="is being deleted: no objects can be created there"
                ),
            ):
                eventually(watched, has_condition("Available"), within=LONG, stop_when=[hopeless])
        finally:
            kube.patch("v1", "ConfigMap", "held", {"metadata": {"finalizers": None}}, name)


def test_a_namespace_with_an_aggregated_api_that_does_not_answer_is_explained(kube: Kube) -> None:
    group = "absent.tests.maidenhair.dev"
    service = {"name": "absent", "namespace": "default"}
    spec = {"group": group, "version": "v1", "groupPriorityMinimum": 1, "versionPriority": 1}
    extension = {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": f"v1.{group}"},
        "spec": {**spec, "service": service, "insecureSkipTLSVerify": True},
    }
    with Run(kube) as run, run.namespace("explain extension") as name:
        kube.apply(extension)
        try:
            with WatchedObject(
                kube, "apiregistration.k8s.io/v1", "APIService", f"v1.{group}"
            ) as api:
                eventually(api, has_condition("Available", "False"), within=60)
            kube.delete("v1", "Namespace", name)
            pattern = "cannot be emptied because an aggregated API does not answer: .*absent.tests"
            wait_for_cause(kube, made("Namespace", name), pattern)
        finally:
            kube.delete("apiregistration.k8s.io/v1", "APIService", f"v1.{group}")
