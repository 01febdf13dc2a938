"""The device plugin's side of HAMi's protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from maidenhair.systems.devices import vendor
from maidenhair.systems.devices.hami.allocation import (
    allocate,
    is_being_bound,
    next_allocation,
    release,
)
from maidenhair.systems.devices.hami.protocol import Share

NVIDIA, HYGON = vendor("NVIDIA"), vendor("Hygon")
WAITS, GOT = "hami.io/vgpu-devices-to-allocate", "hami.io/vgpu-devices-allocated"
PHASE, LOCK = "hami.io/bind-phase", "hami.io/mutex.lock"
ONE, TWO = "GPU-1,NVIDIA,1000,30:", "GPU-2,NVIDIA,2000,0:"


class Api:
    """A pod and a node, in memory."""

    def __init__(self, pod: dict[str, str], lock: str | None) -> None:
        self.pod = pod
        self.node = {} if lock is None else {LOCK: lock}

    def get(
        self, api_version: str, kind: str, name: str, namespace: str | None = None
    ) -> dict[str, Any] | None:
        return {"metadata": {"annotations": self.node}} if name == "node-1" else None

    def patch(
        self,
        api_version: str,
        kind: str,
        name: str,
        body: Mapping[str, Any],
        namespace: str | None = None,
    ) -> dict[str, Any]:
        changed = self.pod if kind == "Pod" else self.node
        for key, value in body["metadata"]["annotations"].items():
            changed.pop(key, None)
            if value is not None:
                changed[key] = value
        return {}

    def as_pod(self) -> dict[str, Any]:
        metadata = {"name": "user", "namespace": "ns", "annotations": self.pod}
        return {"metadata": metadata, "spec": {"nodeName": "node-1"}}


def test_containers_get_their_shares_one_after_the_other() -> None:
    api = Api({WAITS: f"{ONE};;{TWO};", PHASE: "allocating"}, "2026-01-01T00:00:00Z,ns,user")

    first = allocate(api, api.as_pod(), NVIDIA)
    assert first is not None
    assert first.shares == (Share("GPU-1", "NVIDIA", 1000, 30),)
    assert api.pod[WAITS] == f";;{TWO};"
    assert (api.pod[PHASE], LOCK in api.node) == ("allocating", True)

    second = allocate(api, api.as_pod(), NVIDIA)
    assert second is not None
    assert second.shares == (Share("GPU-2", "NVIDIA", 2000, 0),)
    assert api.pod == {WAITS: ";;;", GOT: f"{ONE};;{TWO};", PHASE: "success"}
    assert api.node == {}

    assert allocate(api, api.as_pod(), NVIDIA) is None


def test_an_allocation_is_the_last_when_the_pod_has_the_devices_of_all_vendors() -> None:
    of_hygon = {"hami.io/dcu-devices-to-allocate": "DCU-1,DCU,100,0:;"}
    found = next_allocation(NVIDIA, {WAITS: f"{ONE};", **of_hygon}, [HYGON])
    assert found is not None
    assert not found.is_last
    assert PHASE not in found.annotations


def test_a_pod_without_chosen_devices_of_the_vendor_gets_none() -> None:
    assert next_allocation(NVIDIA, {}) is None
    assert next_allocation(vendor("Cambricon"), {WAITS: f"{ONE};"}) is None


def test_a_pod_is_being_bound_by_its_phase() -> None:
    assert is_being_bound({PHASE: "allocating"})
    assert not is_being_bound({PHASE: "success"})
    assert not is_being_bound(None)


@pytest.mark.parametrize(
    ("lock", "stays"),
    [
        ("2026-01-01T00:00:00Z,ns,user", False),
        ("2026-01-01T00:00:00Z", False),
        ("2026-01-01T00:00:00Z,ns,other", True),
    ],
)
def test_only_a_pods_own_lock_is_released(lock: str, stays: bool) -> None:
    api = Api({}, lock)
    release(api, "node-1", "ns", "user")
    assert (LOCK in api.node) is stays
    release(api, "absent", "ns", "user")
