"""The traces of the operator stand-in on a cluster, and its restarts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

from maidenhair.waiting import eventually

COMPUTE = ("compute.skytorch.dev/v1alpha1", "Compute")
STATEFUL_SET = ("apps/v1", "StatefulSet")
SERVICE = ("v1", "Service")
SECONDS = 90.0


def test_the_operator_leaves_no_trace_but_the_status(
    operator: Any, computes: Any, gateway: Any
) -> None:
    assert operator.health() == 200
    computes.apply()
    computes.report_pod()
    gateway()
    computes.report_route()
    computes.wait_until("Ready", "True", "AllComponentsReady")
    metadata = computes.get()["metadata"]
    assert "finalizers" not in metadata
    assert "annotations" not in metadata
    by_operator = [
        each
        for each in metadata["managedFields"]
        if each["manager"] == "skytorch-operator" or "kopf" in each["manager"]
    ]
    assert [each["subresource"] for each in by_operator] == ["status"]
    events = computes.kube.list("v1", "Event", computes.namespace)
    about = {each["involvedObject"]["kind"] for each in events}
    assert "Compute" not in about


def test_a_deleted_compute_is_gone_at_once_and_its_objects_follow(
    operator: Any, computes: Any
) -> None:
    computes.apply()
    computes.wait_for(STATEFUL_SET)
    computes.delete()
    assert computes.get() is None
    for kind in (STATEFUL_SET, SERVICE):
        computes.wait_until_gone(kind)


def test_a_compute_that_is_created_again_has_objects_again(operator: Any, computes: Any) -> None:
    computes.apply()
    computes.wait_for(STATEFUL_SET)
    computes.delete()
    second = computes.apply()["metadata"]["uid"]

    def owner() -> Any:
        found = computes.get(STATEFUL_SET)
        return found and [each["uid"] for each in found["metadata"]["ownerReferences"]]

    eventually(owner, [second], within=SECONDS)


def test_changes_during_a_stop_are_reconciled_after_the_start(operator: Any, computes: Any) -> None:
    computes.apply("old")
    computes.wait_for(SERVICE, "old")
    operator.stop()
    computes.kube.delete(*SERVICE, "old", computes.namespace)
    computes.apply("old", image="server:2")
    computes.apply("new")
    operator.start()
    computes.wait_for(SERVICE, "old")
    computes.wait_for(STATEFUL_SET, "new")

    def image() -> Any:
        pod = computes.get(STATEFUL_SET, "old")["spec"]["template"]["spec"]
        return pod["containers"][0]["image"]

    eventually(image, "server:2", within=SECONDS)


def test_a_ready_compute_stays_ready_during_a_restart(
    operator: Any, computes: Any, gateway: Any
) -> None:
    gateway()
    computes.apply()
    computes.report_pod()
    computes.report_route()
    computes.wait_until("Ready", "True", "AllComponentsReady")
    operator.stop()
    version = computes.get()["metadata"]["resourceVersion"]
    computes.kube.delete(*SERVICE, "demo", computes.namespace)
    operator.start()
    computes.wait_for(SERVICE)
    # The operator writes the status after it has applied the objects.
    computes.apply(image="server:1", suspend=True)
    *before, _ = changes_until_suspended(computes, version)
    for found in before:
        assert ready_status(found) == "True"


def changes_until_suspended(computes: Any, version: str) -> Iterator[Any]:
    """Yield the changes of the Compute since a version, until the operator reports that it is suspended."""
    stream = computes.kube.watch(*COMPUTE, computes.namespace, resource_version=version)
    with closing(stream):
        for _, found in stream:
            yield found
            if len(found["status"]["conditions"]) > 1:
                return


def ready_status(compute: Any) -> str:
    (status,) = [
        each["status"] for each in compute["status"]["conditions"] if each["type"] == "Ready"
    ]
    return str(status)
