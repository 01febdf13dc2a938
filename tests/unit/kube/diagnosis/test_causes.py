"""Likely causes of problems with objects shaped like those of real clusters."""

from __future__ import annotations

from typing import Any

import pytest

from maidenhair.kube.diagnosis.facts import facts_from
from maidenhair.kube.diagnosis.rules import Cause, likely_cause
from maidenhair.kube.objects import Object

IMAGE = "example.invalid/absent:1"
NOT_FOUND = (
    f'failed to pull and unpack image "{IMAGE}": failed to resolve reference "{IMAGE}": '
    f"{IMAGE}: not found"
)
CREATED = "2026-01-31T12:00:00Z"


def workload(image: str = IMAGE, kind: str = "StatefulSet", **status: Any) -> Object:
    containers = [{"name": "server", "image": image}]
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": "demo", "namespace": "n", "uid": "s1", "creationTimestamp": CREATED},
        "spec": {
            "selector": {"matchLabels": {"app": "demo"}},
            "template": {"spec": {"containers": containers}},
        },
        "status": status,
    }


def pod(
    *container_statuses: Object, phase: str = "Pending", image: str = IMAGE, **more: Any
) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "demo-0",
            "namespace": "n",
            "uid": "p1",
            "labels": {"app": "demo"},
        },
        "spec": {"nodeName": "node-1", "containers": [{"name": "server", "image": image}]},
        "status": {"phase": phase, "containerStatuses": list(container_statuses), **more},
    }


def waits(reason: str, message: str = "", **more: Any) -> Object:
    waiting = {"reason": reason, "message": message}
    return {"name": "server", "image": IMAGE, "state": {"waiting": waiting}, **more}


def event(
    reason: str, message: str, kind: str = "Pod", name: str = "demo-0", at: str = CREATED
) -> Object:
    uid = {"Pod": "p1"}.get(kind, "other")
    return {
        "kind": "Event",
        "metadata": {"name": f"{name}.{reason}", "creationTimestamp": at},
        "involvedObject": {"kind": kind, "name": name, "uid": uid},
        "reason": reason,
        "message": message,
        "type": "Warning",
        "lastTimestamp": at,
    }


def cause_of(subject: Object, pods: list[Object], *events: Object, nodes: Any = ()) -> Cause:
    found = likely_cause(facts_from(subject, pods, events, nodes))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        (NOT_FOUND, "its registry has no such image"),
        (
            f"pull access denied for {IMAGE}",
            "its registry denies access; check the pod's imagePullSecrets",
        ),
    ],
)
def test_an_image_that_cannot_be_pulled_is_hopeless(message: str, hint: str) -> None:
    cause = cause_of(workload(), [pod(waits("ErrImagePull", message))])
    assert cause.hopeless
    where = "container server of Pod n/demo-0"
    assert cause.sentence == f'the image "{IMAGE}" of {where} cannot be pulled ({hint}): {message}'


def test_the_registry_s_message_is_found_while_kubelet_backs_off() -> None:
    backing_off = pod(waits("ImagePullBackOff", f'Back-off pulling image "{IMAGE}"'))
    pulled = event("Failed", f'Failed to pull image "{IMAGE}": {NOT_FOUND}')
    cause = cause_of(workload(), [backing_off], pulled, event("Failed", "Error: ErrImagePull"))
    assert cause.sentence.endswith(NOT_FOUND)
    assert f"event of Pod demo-0: Failed: {pulled['message']}" in cause.evidence


def test_an_overloaded_registry_is_not_hopeless() -> None:
    busy = pod(waits("ErrImagePull", "unexpected status code: 429 Too Many Requests"))
    assert not cause_of(workload(), [busy]).hopeless


def test_an_init_container_s_image_counts_too() -> None:
    failing = pod(initContainerStatuses=[{**waits("ErrImagePull", NOT_FOUND), "name": "prepare"}])
    cause = cause_of(workload(), [failing])
    assert "container prepare of Pod n/demo-0 cannot be pulled" in cause.sentence


def test_a_pod_with_a_previous_image_is_ignored() -> None:
    old = pod(waits("ErrImagePull", NOT_FOUND))
    assert likely_cause(facts_from(workload(image="good:1"), [old], [])) is None


def test_a_pod_that_is_being_deleted_is_ignored() -> None:
    old = pod(waits("ErrImagePull", NOT_FOUND))
    old["metadata"]["deletionTimestamp"] = CREATED
    assert likely_cause(facts_from(workload(), [old], [])) is None


def test_a_pod_of_another_workload_is_ignored() -> None:
    other = pod(waits("ErrImagePull", NOT_FOUND))
    other["metadata"]["labels"]["app"] = "demo2"
    assert likely_cause(facts_from(workload(), [other], [])) is None


def test_a_pod_is_found_by_its_owner_too() -> None:
    owned = pod(waits("ErrImagePull", NOT_FOUND))
    owned["metadata"]["labels"] = {}
    owned["metadata"]["ownerReferences"] = [{"kind": "StatefulSet", "name": "demo", "uid": "s1"}]
    assert cause_of({**workload(), "spec": {}}, [owned]).hopeless


def test_a_deployment_s_pods_are_found_by_its_selector() -> None:
    web = pod(waits("ErrImagePull", NOT_FOUND))
    web["metadata"]["labels"]["pod-template-hash"] = "1"
    assert cause_of(workload(kind="Deployment"), [web]).hopeless


def test_the_scheduler_s_reason_is_explained() -> None:
    message = "0/1 nodes are available: 1 Insufficient cpu."
    scheduled = {
        "type": "PodScheduled",
        "status": "False",
        "reason": "Unschedulable",
        "message": message,
    }
    cause = cause_of(workload(), [pod(conditions=[scheduled])])
    assert cause.sentence == ("Pod n/demo-0 fits on no node: the only node: not enough cpu is free")
    assert (cause.hopeless, cause.lacks_capacity) == (False, True)


def test_all_reasons_of_the_scheduler_are_explained_without_its_text_on_preemption() -> None:
    message = (
        "0/4 nodes are available: 1 Too many pods, 1 node(s) had untolerated taint {a: b, c}, "
        "2 Insufficient cpu. preemption: 0/4 nodes are available: 4 Preemption is not helpful."
    )
    scheduled = {"type": "PodScheduled", "status": "False", "message": message}
    node = {"kind": "Node", "metadata": {"name": "node-2"}, "status": {"allocatable": {"cpu": "2"}}}
    pending = pod(conditions=[scheduled])
    pending["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "3"}}
    assert cause_of(workload(), [pending], nodes=[node]).sentence.startswith(
        "Node node-1, on which"
    )
    del pending["spec"]["nodeName"]
    assert cause_of(workload(), [pending], nodes=[node]).sentence == (
        "Pod n/demo-0 fits on no node: 1 of 4 nodes: maximum number of pods reached; "
        "1 of 4 nodes: untolerated taint {a: b, c}; "
        "2 of 4 nodes: not enough cpu is free (the pod requests 3, the largest node has 2)"
    )


@pytest.mark.parametrize("is_waiting", [True, False], ids=["until 1.35", "since 1.36"])
@pytest.mark.parametrize(("restarts", "hopeless"), [(1, False), (2, True)])
def test_a_crash_loop_is_hopeless_from_its_second_restart(
    restarts: int, hopeless: bool, is_waiting: bool
) -> None:
    ended = {"terminated": {"exitCode": 137, "reason": "Error"}}
    crashing = waits("CrashLoopBackOff", "back-off", restartCount=restarts, lastState=ended)
    if not is_waiting:
        crashing["state"] = ended
    cause = cause_of(workload(), [pod(crashing, phase="Running")])
    assert cause.sentence == (
        f"container server of Pod n/demo-0 keeps crashing ({restarts} restarts): "
        "it ended with exit code 137"
    )
    assert cause.hopeless is hopeless
    assert cause.crashed == ("demo-0", "server")


@pytest.mark.parametrize(
    ("exit_code", "policy", "keeps"),
    [
        (0, "Always", True),
        (1, "OnFailure", True),
        (1, "Never", False),
    ],
)
def test_a_container_that_has_ended_keeps_crashing_if_it_is_started_again(
    exit_code: int, policy: str, keeps: bool
) -> None:
    status = {"name": "server", "image": IMAGE, "restartCount": 2}
    status["state"] = {"terminated": {"exitCode": exit_code, "reason": "Error"}}
    crashing = pod(status, phase="Running")
    crashing["spec"]["restartPolicy"] = policy
    assert ("keeps crashing" in str(cause_of(workload(), [crashing]))) is keeps


def test_a_command_that_is_not_in_the_image_is_explained() -> None:
    ended = {"exitCode": 128, "reason": "StartError", "message": 'exec: "sleep": not found'}
    status = {"name": "server", "image": IMAGE, "state": {"terminated": ended}}
    cause = cause_of(workload(), [pod(status, phase="Running")])
    assert cause.sentence == (
        'container server of Pod n/demo-0 cannot start: its command "sleep" is not in its image'
    )
    assert not cause.hopeless


def test_a_missing_secret_is_explained() -> None:
    cause = cause_of(workload(), [pod(waits("CreateContainerConfigError", 'secret "s" not found'))])
    assert cause.sentence == (
        "container server of Pod n/demo-0 needs Secret n/s, which does not exist"
    )
    assert not cause.hopeless


def test_a_volume_that_cannot_be_mounted_is_explained() -> None:
    message = 'MountVolume.SetUp failed for volume "v": configmap "c" not found'
    starting = pod(waits("ContainerCreating"))
    cause = cause_of(workload(), [starting], event("FailedMount", message))
    assert cause.sentence == (
        "the volume v of Pod n/demo-0 needs ConfigMap n/c, which does not exist"
    )


def test_a_failing_readiness_probe_is_explained() -> None:
    not_ready = {"type": "Ready", "status": "False", "reason": "ContainersNotReady"}
    message = "Readiness probe failed: service unhealthy"
    running = pod(phase="Running", conditions=[not_ready])
    cause = cause_of(workload(), [running], event("Unhealthy", message))
    assert cause.sentence == f"Pod n/demo-0 is running but not Ready: {message}"


def test_a_node_that_is_not_ready_is_explained() -> None:
    ready = {
        "type": "Ready",
        "status": "Unknown",
        "message": "Kubelet stopped posting node status.",
    }
    node = {"kind": "Node", "metadata": {"name": "node-1"}, "status": {"conditions": [ready]}}
    cause = cause_of(workload(), [pod(phase="Running")], nodes=[node])
    assert cause.sentence == (
        "Node node-1, on which Pod n/demo-0 runs, is not Ready: Kubelet stopped posting node status."
    )


QUOTA = 'pods "demo-0" is forbidden: exceeded quota: q, requested: pods=1, used: pods={}, limited: pods={}'


@pytest.mark.parametrize(
    ("message", "hopeless", "lacks_capacity"),
    [
        (QUOTA.format(1, 1), False, True),
        (QUOTA.format(0, 0), True, False),
        ('pods "demo-0" is forbidden: status unknown for quota: q', False, False),
        ('pods "demo-0" is forbidden: violates PodSecurity "restricted:latest": x', True, False),
        ('pods "demo-0" is forbidden: maximum cpu usage per Pod is 1, but limit is 2', True, False),
        ('pods "demo-0" is forbidden: serviceaccount "default" not found', False, False),
        ('admission webhook "w.example.com" denied the request: no', True, False),
        ('failed calling webhook "w.example.com": connection refused', False, False),
        ('Pod "demo-0" is invalid: spec.containers[0].env[0].name: Invalid value', True, False),
    ],
)
def test_only_permanent_refusals_are_hopeless(
    message: str, hopeless: bool, lacks_capacity: bool
) -> None:
    refused = event("FailedCreate", message, "StatefulSet", "demo")
    cause = cause_of(workload(), [], refused)
    assert cause.sentence.startswith("no pod can be created for StatefulSet n/demo: ")
    assert message in cause.evidence[0]
    assert (cause.hopeless, cause.lacks_capacity) == (hopeless, lacks_capacity)


def test_a_deployment_s_refusals_come_from_its_replica_sets() -> None:
    message = "forbidden: of this one"
    refused = event("FailedCreate", message, "ReplicaSet", "demo-5f7c")
    other = event("FailedCreate", "for another", "ReplicaSet", "demo-two-5f7c")
    assert message in cause_of(workload(kind="Deployment"), [], refused, other).sentence


def test_a_refusal_before_the_last_change_is_ignored() -> None:
    changed = workload(conditions=[{"type": "Ready", "status": "False", "reason": "Waits"}])
    changed["metadata"]["managedFields"] = [
        {"manager": "maidenhair", "time": "2026-01-31T12:05:00Z"},
        {"manager": "operator", "time": "2026-01-31T12:09:00Z", "subresource": "status"},
    ]
    refusal = 'Pod "demo-0" is invalid: spec'
    before = event("FailedCreate", refusal, "StatefulSet", "demo", "2026-01-31T12:04:59Z")
    after = event("FailedCreate", refusal, "StatefulSet", "demo", "2026-01-31T12:05:00Z")
    assert cause_of(changed, [], before).sentence == "StatefulSet n/demo is not Ready: Waits"
    assert cause_of(changed, [], before, after).hopeless


def test_a_refusal_is_ignored_if_all_pods_exist_and_explained_if_one_is_missing() -> None:
    well = pod(phase="Running", conditions=[{"type": "Ready", "status": "True"}])
    refused = event("FailedCreate", QUOTA.format(1, 1), "StatefulSet", "demo")
    is_well = workload(conditions=[{"type": "Ready", "status": "True"}])
    assert likely_cause(facts_from(is_well, [well], [refused])) is None
    is_well["spec"]["replicas"] = 2
    assert "ResourceQuota q allows pods=1" in cause_of(is_well, [well], refused).sentence


def test_an_object_that_does_not_exist_is_explained() -> None:
    absent = {**workload(), "metadata": {"name": "demo", "namespace": "n"}}
    refused = event("FailedCreate", "of a namesake, is invalid", "StatefulSet", "demo")
    assert cause_of(absent, [], refused) == Cause("StatefulSet n/demo does not exist")


def test_the_object_s_own_condition_is_the_cause_if_its_pods_are_well() -> None:
    conditions = [{"type": "Ready", "status": "False", "reason": "NotRolledOut", "message": "wait"}]
    well = pod(phase="Running", conditions=[{"type": "Ready", "status": "True"}])
    cause = cause_of(workload(conditions=conditions), [well])
    assert cause.sentence == "StatefulSet n/demo is not Ready: NotRolledOut: wait"


def test_an_object_without_a_problem_has_no_cause() -> None:
    ready = [{"type": "Ready", "status": "True"}]
    facts = facts_from(workload(conditions=ready), [pod(phase="Running", conditions=ready)], [])
    assert likely_cause(facts) is None
