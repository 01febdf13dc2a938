"""Simulated nodes and the pods on them, as manifests."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from maidenhair.systems.devices.simulated.fleet_pods import PodRequest

from maidenhair.errors import DevicesError
from maidenhair.systems.devices import vendor
from maidenhair.systems.devices.hami.protocol import registered
from maidenhair.systems.devices.simulated.fleet import Fleet
from maidenhair.systems.devices.simulated.node import SimulatedNode
from maidenhair.systems.devices.simulated.sharing import choosing_devices

NVIDIA, HYGON, CAMBRICON = vendor("NVIDIA"), vendor("Hygon"), vendor("Cambricon")
LABEL = ("maidenhair.dev/namespace", "spec-1")
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


FLEET: Any = SimpleNamespace(
    labels={"hami.io/webhook": "ignore"},
    selector=dict([LABEL]),
    toleration={"key": LABEL[0], "operator": "Equal", "value": LABEL[1], "effect": "NoSchedule"},
)


def node(**devices: int) -> SimulatedNode:
    own = {vendor(name): vendor(name).devices("n", count) for name, count in devices.items()}
    return SimulatedNode("one", "one-1", own)


def manifest(request: PodRequest) -> Any:
    return request.manifest("user", FLEET)


def test_a_node_takes_part_in_sharing_and_is_its_specs_alone() -> None:
    made = node(nvidia=2).manifest(LABEL, shared=True)
    assert made["metadata"]["labels"] | {"gpu": "on", **dict([LABEL])} == made["metadata"]["labels"]
    assert made["spec"]["taints"] == [
        {"key": LABEL[0], "value": LABEL[1], "effect": "NoSchedule"},
    ]
    assert node(nvidia=2).manifest(LABEL, shared=False)["metadata"]["annotations"] == {}


@pytest.mark.parametrize(("shared", "times"), [(True, 10), (False, 1)])
def test_devices_that_are_shared_count_as_often_as_they_are_split(shared: bool, times: int) -> None:
    status = node(nvidia=2, cambricon=4).status(shared)
    assert status["capacity"]["nvidia.com/gpu"] == str(2 * times)
    assert status["capacity"]["cambricon.com/vmlu"] == "4"


def test_a_broken_device_leaves_what_can_be_used_and_is_told_of() -> None:
    whole = node(nvidia=2)
    broken = whole.changed(whole.devices[NVIDIA][0], healthy=False)
    status = broken.status(shared=False)
    assert (status["capacity"]["nvidia.com/gpu"], status["allocatable"]["nvidia.com/gpu"]) == (
        "2",
        "1",
    )
    listed = registered(broken.registration(NOW)["hami.io/node-nvidia-register"])
    assert [each["health"] for each in listed] == [False, True]
    assert all(each.healthy for each in whole.devices[NVIDIA])


def test_only_vendors_whose_devices_hami_shares_register() -> None:
    told = node(nvidia=1, hygon=1, cambricon=1).registration(NOW)
    assert set(told) == {
        *("hami.io/node-nvidia-register", "hami.io/node-handshake"),
        *("hami.io/node-dcu-register", "hami.io/node-handshake-dcu"),
    }
    assert told["hami.io/node-handshake"] == "Reported_2026-01-02 03:04:05"


def test_a_pod_goes_to_its_specs_nodes_alone() -> None:
    pod = manifest(PodRequest([{"nvidia.com/gpu": "1"}], labels={"app": "web"}))
    spec = pod["spec"]
    assert (spec["nodeSelector"], spec["tolerations"]) == (
        FLEET.selector,
        [FLEET.toleration],
    )
    assert pod["metadata"]["labels"] == {"hami.io/webhook": "ignore", "app": "web"}
    assert [each["resources"]["limits"] for each in spec["containers"]] == [{"nvidia.com/gpu": "1"}]
    assert "schedulerName" not in spec


def test_a_pod_says_what_it_is_asked_to() -> None:
    request = PodRequest(
        [{"cpu": "1"}, {"cpu": "2"}],
        init_limits=[{"cpu": "3"}],
        annotations={"a": "b"},
        scheduler="mine",
        priority_class="high",
    )
    pod = manifest(request)
    spec = pod["spec"]
    assert [each["name"] for each in spec["containers"]] == ["container-0", "container-1"]
    assert [each["name"] for each in spec["initContainers"]] == ["init-0"]
    assert (spec["schedulerName"], spec["priorityClassName"]) == ("mine", "high")
    assert pod["metadata"]["annotations"] == {"a": "b"}


def test_a_deployment_finds_its_pods_by_its_name() -> None:
    made = PodRequest([{}]).deployment("service", FLEET, 2)
    assert made["spec"]["replicas"] == 2
    assert made["spec"]["selector"]["matchLabels"] == {"app": "service"}
    assert made["spec"]["template"]["metadata"]["labels"]["app"] == "service"


def test_pods_choose_devices_where_their_vendor_has_annotations_for_it() -> None:
    assert choosing_devices(NVIDIA, ["GPU-1", "GPU-2"], wanted=True) == {
        "nvidia.com/use-gpuuuid": "GPU-1,GPU-2"
    }
    assert choosing_devices(HYGON, ["DCU-1"], wanted=False) == {"hygon.com/nouse-gpuuuid": "DCU-1"}
    for profile in (CAMBRICON, vendor("AMD")):
        with pytest.raises(DevicesError, match=profile.title):
            choosing_devices(profile, ["X"], wanted=True)


def test_full_names_of_nodes_are_their_specs_own(tmp_path: Any) -> None:
    nothing: Any = None
    fleet = Fleet(
        nothing,
        nothing,
        "a-long-name-of-a-spec-12ab34",
        kwok=tmp_path,
        kubeconfig=tmp_path,
        folder=tmp_path,
        shared=True,
    )
    fleet.nodes["one"] = SimulatedNode("one", "one-12ab34", {NVIDIA: (), HYGON: ()})
    assert fleet.name_of("one-12ab34") == "one"
    assert fleet.name_of("other") is None
    assert fleet.vendors == [NVIDIA, HYGON]
    assert fleet.selector == {"maidenhair.dev/namespace": "a-long-name-of-a-spec-12ab34"}
