"""The HAMi stand-in and simulated nodes read the same profiles, so every vendor's devices are shared."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from hami_scheduler.admission import Admission
from hami_scheduler.allocations import Ledger
from hami_scheduler.node_selection import Choice, NoChoice, Policies, choose
from hami_scheduler.quotas import Quotas
from hami_scheduler.records import records_of
from hami_scheduler.vendors import BY_DEVICE_TYPE
from maidenhair.systems.devices import VendorProfile, vendor_profiles
from maidenhair.systems.devices.device_request import DeviceRequest
from maidenhair.systems.devices.hami.held_devices import held_devices
from maidenhair.systems.devices.pod_request import Container, Placement, PodRequest
from maidenhair.systems.devices.simulated.node import SimulatedNode

from .hami_cluster import pod as plain_pod

NOON = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
PROFILES = [each for each in vendor_profiles().values() if not each.chip_of]
ADMISSION = Admission("hami-scheduler", lambda *_: True)


class Lab:
    """A simulated node with devices of a vendor, and the stand-in's choice for pods."""

    def __init__(self, profile: VendorProfile, count: int = 1) -> None:
        self.profile = profile
        self.node = SimulatedNode("one", "one", {profile: profile.devices("one", count)})
        self.ledger = Ledger()
        manifest = self.node.manifest(("spec", "lab"), shared=True)
        manifest["metadata"]["resourceVersion"] = "1"
        self.ledger.put_node({**manifest, "status": self.node.status(shared=True)})

    def place(self, name: str, request: DeviceRequest, **annotations: str) -> Choice | NoChoice:
        made = PodRequest([Container(request.limits)]).manifest(name, Placement("image"))
        pod = plain_pod(name, *made["spec"]["containers"], annotations=annotations)
        pod = ADMISSION.completed(pod)
        found = choose(pod, ["one"], self.ledger, Quotas(), Policies())
        if isinstance(found, Choice):
            self.ledger.assign(pod, found.node, found.fit)
            for device_type, shares in found.fit.items():
                vendor = BY_DEVICE_TYPE[device_type]
                written = records_of(vendor, shares, pod, "one", NOON)
                pod["metadata"]["annotations"] |= written
            self.pod = pod
        return found

    def held(self) -> list[Any]:
        return held_devices(self.pod, None, [self.node.devices])


def part_of(profile: VendorProfile) -> int:
    """Return half of a device's memory, or the next less that the vendor gives."""
    return 16384 if profile.name == "mthreads" else profile.memory // 2


@pytest.fixture(params=PROFILES, ids=[each.name for each in PROFILES])
def profile(request: pytest.FixtureRequest) -> VendorProfile:
    found: VendorProfile = request.param
    return found


def test_a_pod_gets_a_whole_device(profile: VendorProfile) -> None:
    lab = Lab(profile)
    found = lab.place("p", DeviceRequest(profile, 1))
    assert isinstance(found, Choice), found
    [held] = lab.held()
    assert held.device == lab.node.devices[profile][0]


def test_a_whole_device_is_not_shared(profile: VendorProfile) -> None:
    lab = Lab(profile)
    policy = {"hami.io/gpu-scheduler-policy": "mutex"}
    assert isinstance(lab.place("p", DeviceRequest(profile, 1)), Choice)
    found = lab.place("q", DeviceRequest(profile, 1), **policy)
    assert isinstance(found, NoChoice)


def test_a_pod_gets_the_memory_that_it_requests(profile: VendorProfile) -> None:
    if not profile.memory_resource:
        pytest.skip("the vendor shares no memory")
    lab = Lab(profile)
    part = part_of(profile)
    assert isinstance(lab.place("p", DeviceRequest(profile, 1, memory=part)), Choice)
    [held] = lab.held()
    assert held.memory == part


def test_a_pod_gets_the_compute_units_that_it_requests(profile: VendorProfile) -> None:
    if not profile.cores_resource or profile.name == "ascend":
        pytest.skip("the vendor shares no compute units")
    lab = Lab(profile)
    memory = part_of(profile) if profile.memory_resource else None
    assert isinstance(lab.place("p", DeviceRequest(profile, 1, memory, cores=50)), Choice)
    [held] = lab.held()
    assert held.cores == 50
