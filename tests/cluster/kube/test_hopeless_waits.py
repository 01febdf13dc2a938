"""Waits that end when nothing can help, and those that go on, on a real control plane without nodes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hamcrest import has_length, not_none

from maidenhair.errors import WaitStopped, WaitTimedOut
from maidenhair.kube import Kube, Object
from maidenhair.kube.diagnosis.explain import stop_when_hopeless
from maidenhair.kube.matchers import has_condition, has_jmespath, is_present
from maidenhair.kube.named_object import NamedObject
from maidenhair.kube.run.run import Run
from maidenhair.kube.watch.watched import WatchedObject, WatchedObjects
from maidenhair.waiting import eventually
from tests.cluster.kube.definitions import GROUP, definition, served

LONG = 120.0
LABELS = {"app": "x"}
POD_SPEC: dict[str, Any] = {"containers": [{"name": "main", "image": "absent:1"}]}
ONCE: dict[str, Any] = {**POD_SPEC, "restartPolicy": "Never"}
PULL_ERROR = {"waiting": {"reason": "ErrImagePull", "message": "absent:1: not found"}}
COMPLETE = has_condition("Complete")


@pytest.fixture
def namespace(kube: Kube) -> Iterator[str]:
    with Run(kube) as run, run.namespace("hopeless") as name:
        yield name


def made(kind: str, name: str, namespace: str, spec: Any, version: str = "apps/v1") -> Object:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}


def job(namespace: str, name: str = "x", **spec: Any) -> Object:
    return made("Job", name, namespace, {"template": {"spec": ONCE}, **spec}, "batch/v1")


def workload(kind: str, namespace: str, **spec: Any) -> Object:
    template = {"metadata": {"labels": LABELS}, "spec": POD_SPEC}
    return made(
        kind, "x", namespace, {"selector": {"matchLabels": LABELS}, "template": template, **spec}
    )


def wait(kube: Kube, subject: Object, matcher: Any, within: float = LONG) -> Object | None:
    metadata = subject["metadata"]
    named = NamedObject(kube, subject["kind"], metadata["name"], metadata.get("namespace", ""))
    return named.wait_until(matcher, "to be well", within)


def patch_pods(kube: Kube, namespace: str, phase: str, state: dict[str, Any]) -> None:
    """Set the status of the one pod, because this cluster has no kubelet."""
    with WatchedObjects(kube, "v1", "Pod", namespace) as pods:
        [pod] = eventually(pods, has_length(1), within=LONG)
    container = {"name": "main", "image": "absent:1", "imageID": "", "ready": False}
    status = {"phase": phase, "containerStatuses": [{**container, "restartCount": 0} | state]}
    kube.patch_status("v1", "Pod", pod["metadata"]["name"], status, namespace)


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"activeDeadlineSeconds": 1}, "DeadlineExceeded"),
        ({"backoffLimit": 0}, "BackoffLimitExceeded"),
    ],
)
def test_a_wait_for_a_job_ends_when_it_has_failed(
    kube: Kube, namespace: str, spec: dict[str, Any], reason: str
) -> None:
    failing = kube.apply(job(namespace, **spec))
    if "backoffLimit" in spec:
        ended = {"terminated": {"exitCode": 3, "reason": "Error"}}
        patch_pods(kube, namespace, "Failed", {"state": ended})
    with pytest.raises(WaitStopped, match=f"Reason: Job {namespace}/x has failed: {reason}"):
        wait(kube, failing, COMPLETE)
    # The failure itself can be waited for.
    assert wait(kube, failing, has_condition("Failed", reason=reason))


def test_a_wait_for_the_failure_of_a_job_is_not_ended_by_its_pods(
    kube: Kube, namespace: str
) -> None:
    failing = kube.apply(job(namespace, activeDeadlineSeconds=3))
    patch_pods(kube, namespace, "Pending", {"state": PULL_ERROR})
    hopeless = stop_when_hopeless(kube, failing)
    with WatchedObject(kube, "batch/v1", "Job", "x", namespace) as watched:
        with pytest.raises(WaitStopped, match='image "absent:1"'):
            eventually(watched, COMPLETE, within=LONG, stop_when=[hopeless])
        failed = has_condition("Failed", reason="DeadlineExceeded")
        eventually(watched, failed, within=LONG, stop_when=[hopeless])


def test_a_wait_for_a_cron_job_ends_when_its_jobs_fail_one_after_the_other(
    kube: Kube, namespace: str
) -> None:
    spec = {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": job(namespace)["spec"]}}
    cron_job = kube.apply(made("CronJob", "x", namespace, spec, "batch/v1"))
    owner = {"apiVersion": "batch/v1", "kind": "CronJob", "name": "x", "controller": True}
    owner["uid"] = cron_job["metadata"]["uid"]

    def fail_twice() -> None:
        for name in ("x-1", "x-2"):
            one = job(namespace, name, activeDeadlineSeconds=1)
            one["metadata"]["ownerReferences"] = [owner]
            wait(kube, kube.apply(one), has_condition("Failed"))

    with ThreadPoolExecutor(1) as threads:
        failing = threads.submit(fail_twice)
        with pytest.raises(WaitStopped, match="its last 2 Jobs failed; the last one has failed: D"):
            wait(kube, cron_job, has_jmespath("status.lastSuccessfulTime", not_none()))
        failing.result()
    kube.patch("batch/v1", "CronJob", "x", {"spec": {"suspend": True}}, namespace)
    with pytest.raises(WaitStopped, match="is suspended, and its last Job has failed: D"):
        wait(kube, cron_job, has_jmespath("status.lastSuccessfulTime", not_none()))


def test_a_wait_for_a_deployment_ends_at_its_progress_deadline(kube: Kube, namespace: str) -> None:
    stuck = kube.apply(workload("Deployment", namespace, progressDeadlineSeconds=1))
    expected = f"Reason: Deployment {namespace}/x makes no progress: ProgressDeadlineExceeded"
    with pytest.raises(WaitStopped, match=expected):
        wait(kube, stuck, has_condition("Available"))
    assert wait(kube, stuck, has_condition("Progressing", "False"))


def test_a_wait_for_a_stateful_set_ends_with_its_pods(kube: Kube, namespace: str) -> None:
    stateful_set = kube.apply(workload("StatefulSet", namespace, serviceName="x"))
    patch_pods(kube, namespace, "Pending", {"state": PULL_ERROR})
    with pytest.raises(WaitStopped, match=r'image "absent:1" .* cannot be pulled'):
        wait(kube, stateful_set, has_jmespath("status.readyReplicas", 1))


def test_a_wait_for_a_daemon_set_ends_with_its_pods(kube: Kube, namespace: str) -> None:
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "hopeless-waits"}}
    kube.apply(node)
    try:
        daemon_set = kube.apply(workload("DaemonSet", namespace))
        patch_pods(kube, namespace, "Pending", {"state": PULL_ERROR})
        with pytest.raises(WaitStopped, match=r'image "absent:1" .* cannot be pulled'):
            wait(kube, daemon_set, has_jmespath("status.numberReady", 1))
    finally:
        kube.delete("v1", "Node", "hopeless-waits")


def test_a_wait_for_a_custom_resource_ends_in_its_terminal_states(
    kube: Kube, namespace: str
) -> None:
    with served(kube, definition("Cog")):
        cog = kube.apply(made("Cog", "x", namespace, {}, f"{GROUP}/v1"))
        stalled = {"type": "Stalled", "status": "True", "reason": "NoBelt"}
        kube.patch_status(f"{GROUP}/v1", "Cog", "x", {"conditions": [stalled]}, namespace)
        with pytest.raises(WaitStopped, match=f"Reason: Cog {namespace}/x reports Stalled: NoBelt"):
            wait(kube, cog, has_condition("Ready"))
        assert wait(kube, cog, has_condition("Stalled"))


def test_a_claim_is_not_judged_by_pods_that_have_the_labels_of_its_volumes(
    kube: Kube, namespace: str
) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "spec": POD_SPEC}
    kube.apply({**pod, "metadata": {"name": "x", "namespace": namespace, "labels": LABELS}})
    patch_pods(kube, namespace, "Pending", {"state": PULL_ERROR})
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Mi"}},
        "storageClassName": "none",
        "selector": {"matchLabels": LABELS},
    }
    claim = kube.apply(made("PersistentVolumeClaim", "x", namespace, spec, "v1"))
    with pytest.raises(WaitTimedOut):
        wait(kube, claim, has_jmespath("status.phase", "Bound"), 1.0)


def test_a_wait_for_an_object_without_a_namespace_ends_too(kube: Kube) -> None:
    with served(kube, definition("Sprocket", scope="Cluster")):
        sprocket = {"apiVersion": f"{GROUP}/v1", "kind": "Sprocket", "metadata": {"name": "x"}}
        kube.apply(sprocket)
        kube.patch_status(f"{GROUP}/v1", "Sprocket", "x", {"phase": "Failed", "message": "worn"})
        with pytest.raises(WaitStopped, match="Reason: Sprocket x is Failed: worn"):
            wait(kube, sprocket, has_condition("Ready"))
        assert wait(kube, sprocket, is_present())


def test_a_rule_of_the_user_ends_a_wait(kube: Kube, namespace: str) -> None:
    def is_red(found: Object) -> str | None:
        return "it is red" if found.get("data") == {"color": "red"} else None

    metadata = {"name": "x", "namespace": namespace}
    lamp = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"color": "red"}}
    kube.apply(lamp)
    hopeless = stop_when_hopeless(kube, lamp, rules=[is_red])
    with (
        WatchedObject(kube, "v1", "ConfigMap", "x", namespace) as watched,
        pytest.raises(WaitStopped, match=f"ConfigMap {namespace}/x\n(.*\n)*Reason: it is red"),
    ):
        eventually(watched, has_jmespath("data.color", "green"), within=LONG, stop_when=[hopeless])
