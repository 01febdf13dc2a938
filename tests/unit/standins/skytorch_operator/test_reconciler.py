"""One reconcile of the operator stand-in, against an API server in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from skytorch_operator.api import ApiError
from skytorch_operator.objects import (
    CLAIM,
    COMPUTE,
    GATEWAY,
    GRPC_ROUTE,
    SERVICE,
    STATEFUL_SET,
    Kind,
    Object,
    Reference,
    owning_compute,
    reference_of,
)
from skytorch_operator.reconciler import ApplyFailed, Reconciler

DEMO = Reference("lab", "demo")
SKY = Reference("skytorch-system", "skytorch-gateway")
NOW = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)


class MemoryApi:
    """Objects by kind and name. `refuse` maps a kind to the HTTP status with which its apply fails."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, Reference], Object] = {}
        self.refuse: dict[str, int] = {}
        self.writes: list[str] = []
        self.before_status: Callable[[], None] = lambda: None

    async def get(self, kind: Kind, reference: Reference) -> Object | None:
        return self.objects.get((kind.name, reference))

    async def list(self, kind: Kind, limit: int | None = None) -> list[Object]:
        raise NotImplementedError

    async def apply(self, kind: Kind, manifest: Object) -> Object:
        if kind.name in self.refuse:
            raise ApiError(f"apply {kind.name}", self.refuse[kind.name], "no")
        self.writes.append(kind.name)
        found = self.objects.get((kind.name, reference_of(manifest)), {})
        self.put(kind, {**found, **manifest})
        return self.objects[kind.name, reference_of(manifest)]

    async def apply_status(self, kind: Kind, manifest: Object) -> Object:
        self.before_status()
        found = self.objects.get((kind.name, reference_of(manifest)))
        if found is None:
            raise ApiError("apply status", 404, "not found")
        version = manifest["metadata"]["resourceVersion"]
        if version != found["metadata"]["resourceVersion"]:
            raise ApiError("apply status", 409, "conflict")
        self.writes.append("status")
        found["metadata"]["resourceVersion"] = str(int(version) + 1)
        found["status"] = manifest["status"]
        return found

    def put(self, kind: Kind, obj: Object) -> None:
        self.objects[kind.name, reference_of(obj)] = obj


def compute(**spec: Any) -> Object:
    metadata = {"name": "demo", "namespace": "lab", "uid": "u-1"}
    return {"metadata": {**metadata, "generation": 1, "resourceVersion": "5"}, "spec": spec}


def api_with(subject: Object | None) -> MemoryApi:
    api = MemoryApi()
    if subject is not None:
        api.put(COMPUTE, subject)
    return api


def reconcile(api: MemoryApi) -> None:
    asyncio.run(Reconciler(api, SKY, lambda: NOW).reconcile(DEMO))


def ready(api: MemoryApi) -> Object:
    conditions = api.objects[COMPUTE.name, DEMO]["status"]["conditions"]
    (found,) = [each for each in conditions if each["type"] == "Ready"]
    condition: Object = found
    return condition


def report_ready(api: MemoryApi) -> None:
    parent = {"namespace": SKY.namespace, "name": SKY.name}
    accepted = {"type": "Accepted", "status": "True"}
    api.objects[STATEFUL_SET.name, DEMO]["status"] = {"readyReplicas": 1}
    api.objects[GRPC_ROUTE.name, DEMO]["status"] = {
        "parents": [{"parentRef": parent, "conditions": [accepted]}]
    }
    programmed = {"type": "Programmed", "status": "True"}
    api.put(
        GATEWAY,
        {
            "metadata": {"name": SKY.name, "namespace": SKY.namespace},
            "status": {"conditions": [programmed], "addresses": [{"value": "10.1.2.3"}]},
        },
    )


def test_a_new_compute_gets_its_objects_and_a_status() -> None:
    template = {"metadata": {"name": "models"}, "spec": {}}
    api = api_with(compute(volumeClaimTemplates=[template]))
    reconcile(api)
    for kind in (STATEFUL_SET, SERVICE, GRPC_ROUTE):
        assert owning_compute(api.objects[kind.name, DEMO]) == DEMO
    claim = api.objects[CLAIM.name, Reference("lab", "models")]
    assert owning_compute(claim) is None
    assert ready(api)["reason"] == "StatefulSetNotReady"
    assert ready(api)["lastTransitionTime"] == "2026-02-03T04:05:06Z"


def test_a_compute_becomes_ready_with_the_gateways_address() -> None:
    api = api_with(compute())
    reconcile(api)
    report_ready(api)
    reconcile(api)
    assert ready(api)["status"] == "True"
    assert api.objects[COMPUTE.name, DEMO]["status"]["addresses"] == [
        {"type": "Hostname", "value": "10.1.2.3"}
    ]


def test_a_settled_status_is_not_written_again() -> None:
    api = api_with(compute())
    reconcile(api)
    api.writes.clear()
    reconcile(api)
    assert sorted(api.writes) == ["GRPCRoute", "Service", "StatefulSet"]


def test_a_deleted_child_is_created_again() -> None:
    api = api_with(compute())
    reconcile(api)
    del api.objects[STATEFUL_SET.name, DEMO]
    reconcile(api)
    assert (STATEFUL_SET.name, DEMO) in api.objects


@pytest.mark.parametrize("state", ["gone", "going"])
def test_nothing_is_created_for_a_compute_that_is_gone_or_being_deleted(state: str) -> None:
    subject = compute()
    subject["metadata"]["deletionTimestamp"] = "2026-02-03T04:05:06Z"
    api = api_with(subject if state == "going" else None)
    reconcile(api)
    assert api.writes == []


def test_a_compute_that_changed_meanwhile_is_read_again() -> None:
    subject = compute()
    api = api_with(subject)

    def change() -> None:
        api.put(COMPUTE, {**subject, "metadata": {**subject["metadata"], "resourceVersion": "6"}})

    api.before_status = change
    with pytest.raises(ApiError) as refused:
        reconcile(api)
    assert refused.value.status == 409


def test_nothing_is_written_for_a_compute_that_was_deleted_meanwhile() -> None:
    api = api_with(compute())
    api.before_status = api.objects.clear
    reconcile(api)
    assert "status" not in api.writes
    api.writes.clear()
    reconcile(api)
    assert api.writes == []


@pytest.mark.parametrize("status", [403, 422, 500])
def test_a_child_that_cannot_be_applied_is_an_error_after_the_others_are(status: int) -> None:
    api = api_with(compute())
    api.refuse = {STATEFUL_SET.name: status}
    with pytest.raises(ApplyFailed, match=f"apply StatefulSet: {status}: no"):
        reconcile(api)
    assert (SERVICE.name, DEMO) in api.objects
    assert ready(api)["reason"] == "StatefulSetNotAvailable"


def test_an_object_whose_change_is_refused_still_counts() -> None:
    api = api_with(compute())
    reconcile(api)
    report_ready(api)
    api.refuse = {STATEFUL_SET.name: 422}
    with pytest.raises(ApplyFailed):
        reconcile(api)
    assert ready(api)["status"] == "True"


def test_a_claim_without_a_name_is_an_error_and_not_sent() -> None:
    api = api_with(compute(volumeClaimTemplates=[{"spec": {}}]))
    with pytest.raises(ApplyFailed, match="apply PersistentVolumeClaim: its name is empty"):
        reconcile(api)
    assert "PersistentVolumeClaim" not in api.writes


def test_a_route_to_another_gateway_needs_that_gateway() -> None:
    api = api_with(compute())
    reconcile(api)
    report_ready(api)
    api.refuse = {GRPC_ROUTE.name: 403}
    [parent] = api.objects[GRPC_ROUTE.name, DEMO]["spec"]["parentRefs"]
    parent["name"] = "missing"
    with pytest.raises(ApplyFailed):
        reconcile(api)
    assert ready(api)["reason"] == "GatewayNotAvailable"


@pytest.mark.parametrize(
    "owner",
    [
        {"apiVersion": "compute.skytorch.dev/v1alpha1", "kind": "Compute", "name": "demo"},
        {"apiVersion": "apps/v1", "kind": "Compute", "name": "demo", "controller": True},
        {
            "apiVersion": "compute.skytorch.dev/v1alpha1",
            "kind": "Cluster",
            "name": "demo",
            "controller": True,
        },
    ],
    ids=["no controller", "another group", "another kind"],
)
def test_an_object_without_a_controlling_compute_has_no_owning_compute(owner: Object) -> None:
    metadata = {"namespace": "lab", "name": "demo", "ownerReferences": [owner]}
    assert owning_compute({"metadata": metadata}) is None
