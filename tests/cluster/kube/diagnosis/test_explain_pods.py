"""Why pods do not run or are not ready, as told of pods on a real node that fail in every such way."""

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
from maidenhair.kube.matchers import has_condition
from maidenhair.kube.run.run import Run
from maidenhair.kube.watch.watched import WatchedObject
from maidenhair.waiting import eventually
from tests.cluster.kube.diagnosis.failing_pods import (
    CASES,
    HANDLER,
    REGISTRY,
    REGISTRY_PORT,
    SLEEP,
    affinity,
    asks_for,
    run,
    volume,
)
from tests.cluster.kube.diagnosis.told import await_told, claim, made, pod
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
    """Give a namespace with a pod of every case, made at once."""
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
    """Return the pod with an image in every container that names none, and its volumes mounted: others are ignored."""
    spec = manifest["spec"]
    mounts = [{"name": each["name"], "mountPath": "/data"} for each in spec.get("volumes", [])]
    spec["containers"][0]["volumeMounts"] = mounts
    for each in [*spec.get("initContainers", []), *spec["containers"]]:
        each.setdefault("image", image)
    return manifest


@pytest.mark.parametrize(("name", "expected"), [(name, expected) for name, _, _, expected in CASES])
def test_the_cause_is_told_in_a_sentence(
    kube: Kube, namespace: str, name: str, expected: str
) -> None:
    subject = made("Pod", name, namespace)
    await_told(kube, subject, expected.replace("NS", namespace))


def test_what_a_container_that_crashes_wrote_last_is_told(kube: Kube, namespace: str) -> None:
    pattern = r"crashes again and again(?s:.*)\n  it wrote last: broken"
    await_told(kube, made("Pod", "crash-loop", namespace), pattern)


def test_a_pod_on_a_node_that_does_not_exist_is_told(
    kube: Kube, namespace: str, image: str
) -> None:
    # Before Kubernetes collects it as garbage, which takes seconds.
    away = kube.apply(
        with_image(pod(namespace, "away", run(SLEEP), nodeName="no-such-node"), image)
    )
    expected = f"Node no-such-node, on which Pod {namespace}/away should run, does not exist"
    assert explain(kube, away).startswith(expected)
    # No kubelet would do it, and the namespace would wait for the garbage collection.
    kube.delete("v1", "Pod", "away", namespace, grace_period_seconds=0)


def test_a_service_without_a_ready_pod_tells_why_the_pod_is_not(kube: Kube, namespace: str) -> None:
    web = made("Service", "web", namespace)
    web["spec"] = {"selector": {"app": "not-ready"}, "ports": [{"port": 80, "targetPort": 9}]}
    kube.apply(web)
    pattern = (
        f"Service {namespace}/web has no ready endpoint: Pod {namespace}/not-ready runs but fails"
    )
    await_told(kube, web, pattern)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (
            "http",
            f"to the port http of its pods, which they do not have .they have {REGISTRY_PORT}",
        ),
        (80, "to the port 80 of its pods, which they do not have"),
    ],
)
def test_a_service_s_port_that_its_pods_do_not_have_is_told(
    kube: Kube, namespace: str, target: str | int, expected: str
) -> None:
    service = made("Service", f"port-{target}", namespace)
    ports = [{"port": 80, "targetPort": target}]
    service["spec"] = {"selector": {"app": "registry"}, "ports": ports}
    kube.apply(service)
    await_told(kube, service, expected)


def test_a_claim_that_waits_for_a_pod_and_one_that_is_in_use_are_told(
    kube: Kube, namespace: str, image: str
) -> None:
    kept = claim(namespace, "kept")
    kube.apply(kept)
    await_told(kube, kept, "gets a volume of class standard once a pod that uses it has a node")
    user = pod(
        namespace, "uses-kept", run(SLEEP), **volume(persistentVolumeClaim={"claimName": "kept"})
    )
    kube.apply(with_image(user, image))
    with WatchedObject(kube, "v1", "Pod", "uses-kept", namespace) as watched:
        eventually(watched, has_condition("Ready"), within=60)
    assert explain(kube, kept).startswith("nothing wrong is seen with")
    kube.delete("v1", "PersistentVolumeClaim", "kept", namespace)
    pattern = (
        r"being deleted, but waits for its finalizers: kubernetes.io/pvc-protection \(a pod uses"
    )
    await_told(kube, kept, pattern)


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
            "the only node: has a taint that it does not tolerate only=tests:NoSchedule",
        ),
        ("cordoned", {"unschedulable": True}, "the only node: is cordoned, and takes no new pods"),
    ],
)
def test_a_node_that_takes_no_pods_is_told(
    kube: Kube, namespace: str, image: str, name: str, spec: Object, expected: str
) -> None:
    # Without the change of the node it would not fit either, so that it cannot run before the scheduler hears of it.
    waits = with_image(pod(namespace, name, asks_for(cpu="640")), image)
    with changed_node(kube, **spec):
        kube.apply(waits)
        await_told(kube, waits, expected)
        if "unschedulable" in spec:
            await_told(
                kube, made("Node", "node-1"), "Node node-1 is cordoned: it takes no new pods"
            )


def test_a_node_that_is_full_is_told(kube: Kube, namespace: str, image: str) -> None:
    # The kubelet puts the node's status right again after seconds, so it is told wrong until the scheduler has looked.
    status = {"allocatable": {"pods": "0"}}
    full = with_image(pod(namespace, "full", run(SLEEP), **affinity("podAffinity")), image)

    def told() -> str:
        kube.patch_status("v1", "Node", "node-1", status)
        kube.delete("v1", "Pod", "full", namespace, grace_period_seconds=0)
        kube.apply(full)
        with WatchedObject(kube, "v1", "Pod", "full", namespace) as watched:
            eventually(watched, has_condition("PodScheduled", "False"), within=30)
        return explain(kube, full)

    eventually(lambda: "runs as many pods as it may" in told(), equal_to(True), within=60)


@pytest.mark.parametrize(
    ("name", "patience", "expected"),
    [
        ("failed", None, "Reason: container main of .* ended with exit code 7"),
        ("crash-loop", None, "Reason: .* crashes again and again"),
        ("no-image", None, "Reason: .* cannot be pulled"),
        (
            "node-selector",
            0.5,
            r"Reason: for 0.5 s now: .* not picked by its nodeSelector disk=ssd",
        ),
    ],
)
def test_a_wait_ends_where_no_change_can_help(
    kube: Kube, namespace: str, name: str, patience: float | None, expected: str
) -> None:
    hopeless = stop_when_hopeless(kube, made("Pod", name, namespace), patience)
    with (
        WatchedObject(kube, "v1", "Pod", name, namespace) as watched,
        pytest.raises(WaitStopped, match=expected),
    ):
        eventually(watched, has_condition("Ready"), within=LONG, stop_when=[hopeless])
