"""Rules of single vendors and policies by which the HAMi stand-in chooses devices."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hami_scheduler.protocol import FormatError

from .hami_cluster import container, device, node, pod
from .test_node_selection import ids, ledger, place, reasons

SGPU, QUALITY = "metax-tech.com/sgpu", "metax-tech.com/sgpu-qos-policy"
APPLICATION = "metax-tech.com/sgpu-app-class"
INSTANCES = [
    {
        "name": "1g.5gb",
        "memoryMB": 5000,
        "core": 14,
        "sliceCount": 1,
        "placements": [{"start": 0, "size": 1}, {"start": 1, "size": 1}],
    },
    {
        "name": "3g.20gb",
        "memoryMB": 20000,
        "core": 42,
        "sliceCount": 3,
        "placements": [{"start": 0, "size": 4}, {"start": 4, "size": 4}],
    },
]


def share(name: str, policy: str = "spread", **other: Any) -> dict[str, Any]:
    annotations = {"hami.io/gpu-scheduler-policy": policy, **other.pop("annotations", {})}
    return pod(name, container(**{"gpu": 1, "gpumem": 10, **other}), annotations=annotations)


def with_capacity(name: str, capacity: dict[str, str], **annotations: str) -> dict[str, Any]:
    return {**node(name, **annotations), "status": {"capacity": capacity, "allocatable": capacity}}


def test_the_policy_mutex_takes_unused_devices_only() -> None:
    made = ledger(node("n", device("a"), device("b")))
    place(made, share("p", annotations={"nvidia.com/use-gpuuuid": "b"}))
    assert ids(place(made, share("q", "mutex"))) == [["a"]]
    assert reasons(made, share("r", "binpack,mutex")) == {
        "n": "2/2 ExclusiveDeviceAllocateConflict"
    }


@pytest.mark.parametrize(
    ("policy", "chosen"),
    [("numa", "b"), ("numa,spread", "b"), ("spread,numa", "a"), ("spread", "a")],
)
def test_numa_goes_before_the_score_only_if_the_policy_says_so(policy: str, chosen: str) -> None:
    made = ledger(node("n", device("a", numa=0), device("b", numa=1)))
    place(made, share("p", annotations={"nvidia.com/use-gpuuuid": "b"}))
    assert ids(place(made, share("q", policy))) == [[chosen]]


@pytest.mark.parametrize(
    ("weights", "chosen"),
    [("slot=1,core=0,memory=0", "a"), ("slot=0,core=0,memory=1", "b")],
)
def test_weights_change_the_score_of_devices(weights: str, chosen: str) -> None:
    made = ledger(node("n", device("a"), device("b")))
    place(made, share("large", gpumem=500, annotations={"nvidia.com/use-gpuuuid": "a"}))
    for name in "pq":
        place(made, share(name, annotations={"nvidia.com/use-gpuuuid": "b"}))
    own = {"hami.io/device-scoring-weights": weights}
    assert ids(place(made, share("user", annotations=own))) == [[chosen]]


@pytest.mark.parametrize("weights", ["slot=1", "slot=1,core=1,disk=1", "slot=x,core=1,memory=1"])
def test_malformed_weights_are_an_error(weights: str) -> None:
    made = ledger(node("n", device("a")))
    with pytest.raises(FormatError, match="device-scoring-weights"):
        place(made, share("p", annotations={"hami.io/device-scoring-weights": weights}))


def test_a_divided_device_gives_the_smallest_free_instance() -> None:
    made = ledger(node("n", device("a", devmem=40960, mode="mig", migProfiles=INSTANCES)))
    [[small]] = place(made, share("p", gpumem=1000)).fit["NVIDIA"]
    assert (small.memory, small.cores, small.place) == (5000, 14, (0, 1))
    [[large]] = place(made, share("q", gpumem=8000)).fit["NVIDIA"]
    assert (large.memory, large.place) == (20000, (4, 4))
    assert reasons(made, share("r", gpumem=8000)) == {"n": "1/1 CardMigTopologyInfeasible"}


def test_a_number_of_slices_must_be_that_of_a_part() -> None:
    listed = {
        "devices": [{"index": "0", "minor": "0", "capacity": 6}],
        "profiles": {"3g.20gb": "1"},
    }
    made = ledger(node("n", **{"enflame.com/gcu-drs-capacity": json.dumps(listed)}))
    assert reasons(made, pod("p", container(**{"enflame.com/drs-gcu": 2}))) == {
        "n": "1/1 ModeNotFit"
    }
    assert place(made, pod("q", container(**{"enflame.com/drs-gcu": 3}))).node == "n"


@pytest.mark.parametrize(
    ("count", "fits"), [(1, True), (2, True), (3, False), (4, True), (8, True)]
)
def test_kunlunxins_devices_are_allocated_in_powers_of_two(count: int, fits: bool) -> None:
    made = ledger(with_capacity("n", {"kunlunxin.com/xpu": "8"}))
    requester = pod("p", container(**{"kunlunxin.com/xpu": count}))
    if fits:
        assert len(ids(place(made, requester), "kunlun")[0]) == count
    else:
        assert reasons(made, requester) == {"n": "1/8 NumaNotFit"}


def test_devices_of_modules_are_allocated_together() -> None:
    resource, word = "huawei.com/Ascend910C", "Ascend910C"
    listed = json.dumps(
        [device(f"c{index}", type=word, index=index, health=index != 1) for index in range(4)]
    )
    made = ledger(node("n", **{f"hami.io/node-register-{word}": listed}))
    four = pod("p", container(**{resource: 4}))
    assert reasons(made, four) == {
        "n": "1/4 CardNotHealth, 2/4 AllocatedCardsInsufficientRequest",
    }
    found = place(made, pod("q", container(**{resource: 2})))
    assert ids(found, word) == [["c2", "c3"]]


def test_neurons_of_one_container_are_neighbours() -> None:
    made = ledger(with_capacity("n", {"aws.amazon.com/neuron": "8"}))
    place(made, pod("p", container(**{"aws.amazon.com/neuroncore": 1})))
    found = place(made, pod("q", container(**{"aws.amazon.com/neuron": 4})))
    assert ids(found, "AWSNeuron") == [[f"n-AWSNeuron-{index}" for index in range(4, 8)]]
    two = pod("r", container(**{"aws.amazon.com/neuron": 2}))
    assert reasons(made, two) == {"n": "1/8 NumaNotFit"}


@pytest.mark.parametrize(
    ("annotations", "reason"),
    [
        ({QUALITY: "fixed-share"}, "1/1 CardQosPolicyMismatch"),
        ({QUALITY: "best-effort", APPLICATION: "offline"}, "1/1 CardAppClassMismatch"),
    ],
)
def test_pods_of_one_metax_device_have_one_quality_and_class(
    annotations: dict[str, str], reason: str
) -> None:
    card = {"uuid": "s", "totalDevCount": 4, "totalCompute": 100, "totalVRam": 1000}
    listed = json.dumps([{**card, "healthy": True, "qosPolicy": "best-effort"}])
    made = ledger(node("n", **{"metax-tech.com/node-gpu-devices": listed}))
    requests = {SGPU: 1, "metax-tech.com/vcore": 10, "metax-tech.com/vmemory": "100Mi"}
    place(made, pod("p", container(**requests), annotations={QUALITY: "best-effort"}))
    assert reasons(made, pod("q", container(**requests), annotations=annotations)) == {"n": reason}


def test_all_containers_of_a_pod_share_one_device_of_moore_threads() -> None:
    made = ledger(
        with_capacity("n", {"mthreads.com/sgpu-core": "32", "mthreads.com/sgpu-memory": "64"})
    )
    requests = {"mthreads.com/vgpu": 1, "mthreads.com/sgpu-memory": 8}
    requester = pod("p", container("a", **requests), container("b", **requests))
    [[first], [second]] = ids(place(made, requester), "Mthreads")
    assert first == second
