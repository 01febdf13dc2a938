"""Causes of pods that do not run or are not Ready, on a real node."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hamcrest import equal_to

from maidenhair.clusters.provider import Cluster
from maidenhair.errors import WaitStopped
from maidenhair.kube import Kube, Object
from maidenhair.kube.diagnosis.explain import explain, stop_when_hopeless
from maidenhair.kube.matchers import has_condition, has_jmespath
from maidenhair.kube.run.run import Run
from maidenhair.kube.watch.watched import WatchedObject
from maidenhair.waiting import eventually
from tests.cluster.kube.diagnosis.causes import claim, made, pod, wait_for_cause
from tests.cluster.kube.diagnosis.failing_pods import (
    CASES,
    HANDLER,
    REGISTRY,
    REGISTRY_PORT,
    SLEEP,
    affinity,
    requesting,
    run,
    volume,
)
from tests.conftest import load_python_image

LONG = 600.0


@pytest.fixture(scope="module")
def kube(node_cluster: Cluster) -> Iterator[Kube]:
    kube = Kube.from_kubeconfig(node_cluster.kubeconfig, node_cluster.context)
    yield kube
    kube.close()


@pytest.fixture(scope="module")
def image(node_cluster: Cluster) -> str:
    return load_python_image(node_cluster)


@pytest.fixture(scope="module")
def namespace(kube: Kube, image: str) -> Iterator[str]:
    """Provide a namespace with a pod of every case, created together."""
    with Run(kube) as mine, mine.namespace("explain pods") as name:
        registry = pod(
            name,
            "registry",
            {
                **run(REGISTRY, image=image),
                "ports": [{"containerPort": REGISTRY_PORT, "hostPort": REGISTRY_PORT}],
            },
            hostNetwork=True,
        )
        registry["spec"]["containers"][0]["readinessProbe"] = {
            "tcpSocket": {"port": REGISTRY_PORT, "host": "127.0.0.1"},
            "periodSeconds": 1,
        }
        kube.apply(registry)
        with WatchedObject(kube, "v1", "Pod", "registry", name) as watched:
            eventually(watched, has_condition("Ready"), within=60)
        kube.apply(made("ConfigMap", "present", name, data={"other": "value"}))
        kube.apply(claim(name, "no-class", storageClassName="absent"))
        kube.apply(claim(name, "shared", accessModes=["ReadWriteMany"]))
        runtime = made("RuntimeClass", HANDLER, handler=HANDLER)
        kube.apply(runtime)
        try:
            for case, container, spec, _ in CASES:
                kube.apply(with_image(pod(name, case, container, **spec), image))
            yield name
        finally:
            kube.delete(runtime["apiVersion"], "RuntimeClass", HANDLER)


def with_image(manifest: Object, image: str) -> Object:
    """Return the pod with an image in every container that names none, and with its volumes mounted."""
    spec = manifest["spec"]
    mounts = [{"name": each["name"], "mountPath": "/data"} for each in spec.get("volumes", [])]
    spec["containers"][0]["volumeMounts"] = mounts
    for each in [*spec.get("initContainers", []), *spec["containers"]]:
        each.setdefault("image", image)
    return manifest


@pytest.mark.parametrize(("name", "expected"), [(name, expected) for name, _, _, expected in CASES])
def test_a_failing_pod_is_explained(kube: Kube, namespace: str, name: str, expected: str) -> None:
    subject = made("Pod", name, namespace)
    wait_for_cause(kube, subject, expected.replace("NS", namespace))


def test_the_cause_of_a_crash_includes_the_last_log_line(kube: Kube, namespace: str) -> None:
    pattern = r"keeps crashing(?s:.*)\n  last log line: broken"
    wait_for_cause(kube, made("Pod", "crash-loop", namespace), pattern)


def test_a_pod_on_a_node_that_does_not_exist_is_explained(
    kube: Kube, namespace: str, image: str
) -> None:
    # Before Kubernetes collects it as garbage, which takes seconds.
    away = kube.apply(
        with_image(pod(namespace, "away", run(SLEEP), nodeName="no-such-node"), image)
    )
    expected = f"Node no-such-node, on which Pod {namespace}/away should run, does not exist"
    assert explain(kube, away).startswith(expected)
    # No kubelet deletes the pod, and the namespace would wait for the garbage collection.
    kube.delete("v1", "Pod", "away", namespace, grace_period_seconds=0)


def test_the_cause_of_a_service_without_endpoints_is_that_of_its_pod(
    kube: Kube, namespace: str
) -> None:
    web = made("Service", "web", namespace)
    web["spec"] = {"selector": {"app": "not-ready"}, "ports": [{"port": 80, "targetPort": 9}]}
    kube.apply(web)
    pattern = f"Service {namespace}/web has no ready endpoint: Pod {namespace}/not-ready is running but not Ready"
    wait_for_cause(kube, web, pattern)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (
            "http",
            f"to port http of its pods, which have no such port .they have {REGISTRY_PORT}",
        ),
        (80, "to port 80 of its pods, which have no such port"),
    ],
)
def test_a_target_port_that_the_pods_do_not_have_is_explained(
    kube: Kube, namespace: str, target: str | int, expected: str
) -> None:
    service = made("Service", f"port-{target}", namespace)
    ports = [{"port": 80, "targetPort": target}]
    service["spec"] = {"selector": {"app": "registry"}, "ports": ports}
    kube.apply(service)
    wait_for_cause(kube, service, expected)


def test_a_claim_that_waits_for_a_pod_and_one_that_is_in_use_are_explained(
    kube: Kube, namespace: str, image: str
) -> None:
    used = claim(namespace, "used")
    kube.apply(used)
    wait_for_cause(
        kube, used, "gets a volume of StorageClass standard once a pod that uses it is scheduled"
    )
    user = pod(
        namespace, "uses-used", run(SLEEP), **volume(persistentVolumeClaim={"claimName": "used"})
    )
    kube.apply(with_image(user, image))
    with WatchedObject(kube, "v1", "Pod", "uses-used", namespace) as watched:
        eventually(watched, has_condition("Ready"), within=60)
    assert explain(kube, used).startswith("no problem found with")
    kube.delete("v1", "PersistentVolumeClaim", "used", namespace)
    pattern = r"being deleted and waiting for finalizers: kubernetes.io/pvc-protection \(a pod uses"
    wait_for_cause(kube, used, pattern)


@contextmanager
def changed_node(kube: Kube, **spec: Any) -> Iterator[None]:
    kube.patch("v1", "Node", "node-1", {"spec": spec})
    try:
        yield
    finally:
        kube.patch("v1", "Node", "node-1", {"spec": dict.fromkeys(spec)})


@pytest.mark.parametrize(
    ("name", "spec", "expected"),
    [
        (
            "tainted",
            {"taints": [{"key": "only", "value": "tests", "effect": "NoSchedule"}]},
            "the only node: untolerated taint only=tests:NoSchedule",
        ),
        ("cordoned", {"unschedulable": True}, "the only node: cordoned"),
    ],
)
def test_a_node_that_accepts_no_pods_is_explained(
    kube: Kube, namespace: str, image: str, name: str, spec: Object, expected: str
) -> None:
    # The pod does not fit on the unchanged node either, so it cannot run before the scheduler sees the change.
    waits = with_image(pod(namespace, name, requesting(cpu="640")), image)
    with changed_node(kube, **spec):
        kube.apply(waits)
        wait_for_cause(kube, waits, expected)
        if "unschedulable" in spec:
            wait_for_cause(
                kube, made("Node", "node-1"), "Node node-1 is cordoned: it accepts no new pods"
            )


def test_a_full_node_is_explained(kube: Kube, namespace: str, image: str) -> None:
    # Kubelet corrects the node's status after seconds, so the status is patched until the scheduler has seen it.
    status = {"allocatable": {"pods": "0"}}
    full = with_image(pod(namespace, "full", run(SLEEP), **affinity("podAffinity")), image)

    def explanation() -> str:
        kube.patch_status("v1", "Node", "node-1", status)
        kube.delete("v1", "Pod", "full", namespace, grace_period_seconds=0)
        kube.apply(full)
        with WatchedObject(kube, "v1", "Pod", "full", namespace) as watched:
            eventually(watched, has_condition("PodScheduled", "False"), within=60)
        return explain(kube, full)

    eventually(lambda: "maximum number of pods reached" in explanation(), equal_to(True), within=60)


@pytest.mark.parametrize(
    ("name", "patience", "expected"),
    [
        ("failed", None, r"Reason: Pod .*/failed has failed .*\ncontainer main .* exit code 7"),
        ("crash-loop", None, "Reason: .* keeps crashing"),
        ("no-image", None, "Reason: .* cannot be pulled"),
        (
            "node-selector",
            0.5,
            r"Reason: for over 0.5 s: .* no match for its nodeSelector disk=ssd",
        ),
    ],
)
def test_a_wait_ends_if_no_change_can_help(
    kube: Kube, namespace: str, name: str, patience: float | None, expected: str
) -> None:
    hopeless = stop_when_hopeless(kube, made("Pod", name, namespace), patience)
    with (
        WatchedObject(kube, "v1", "Pod", name, namespace) as watched,
        pytest.raises(WaitStopped, match=expected),
    ):
        # A container that crashes again and again is Ready for a moment each time.
        succeeded = has_jmespath("status.phase", equal_to("Succeeded"))
        eventually(watched, succeeded, within=LONG, stop_when=[hopeless])
