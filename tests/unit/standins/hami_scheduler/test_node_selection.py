"""The nodes and devices that the HAMi stand-in chooses, and the reasons why it chooses none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hami_scheduler.allocations import Ledger
from hami_scheduler.node_selection import Choice, NoChoice, Policies, choose
from hami_scheduler.quotas import Quotas

from .hami_cluster import ALLOCATED, container, device, node, pod, quota


def ledger(*nodes: dict[str, Any]) -> Ledger:
    made = Ledger()
    made.replace_nodes(nodes)
    return made


def chosen(
    made: Ledger, requester: dict[str, Any], quotas: Quotas | None = None, **policies: str
) -> Choice:
    found = choose(requester, sorted(made.nodes), made, quotas or Quotas(), Policies(**policies))
    assert isinstance(found, Choice), found
    return found


def reasons(
    made: Ledger, requester: dict[str, Any], quotas: Quotas | None = None
) -> dict[str, str]:
    found = choose(requester, sorted(made.nodes), made, quotas or Quotas(), Policies())
    assert isinstance(found, NoChoice), found
    return dict(found.reasons)


def place(made: Ledger, requester: dict[str, Any], **policies: str) -> Choice:
    found = chosen(made, requester, **policies)
    made.assign(requester, found.node, found.fit)
    return found


def ids(found: Choice, device_type: str = "NVIDIA") -> list[list[str]]:
    return [[share.id for share in of_container] for of_container in found.fit[device_type]]


def with_constraints(**annotations: str) -> dict[str, Any]:
    named = {f"nvidia.com/{key.replace('_', '-')}": text for key, text in annotations.items()}
    return pod("p", container(gpu=1, gpumem=100), annotations=named)


def test_a_request_without_limits_gets_all_memory_and_no_limit_of_cores() -> None:
    [[share]] = chosen(ledger(node("n", device("a"))), pod("p", container(gpu=1))).fit["NVIDIA"]
    assert (share.type, share.memory, share.cores) == ("NVIDIA", 1000, 0)


@pytest.mark.parametrize(
    ("requests", "memory"),
    [
        ({"gpumem": 300}, 300),
        ({"gpumem_percentage": 25}, 250),
        ({"gpumem": 300, "gpumem_percentage": 50}, 300),
    ],
)
def test_memory_is_requested_in_mib_or_percent(requests: dict[str, int], memory: int) -> None:
    [[share]] = chosen(ledger(node("n", device("a"))), pod("p", container(gpu=1, **requests))).fit[
        "NVIDIA"
    ]
    assert share.memory == memory


def test_shares_list_each_container_even_without_devices() -> None:
    requester = pod("p", container("a"), container("b", gpu=2, gpumem=10), init=(container("c"),))
    assert ids(chosen(ledger(node("n", device("x"), device("y"))), requester)) == [
        [],
        [],
        ["x", "y"],
    ]


def test_containers_of_a_pod_can_share_a_device() -> None:
    made = ledger(node("n", device("a"), device("b")))
    two = [container(str(index), gpu=1, gpumem=600) for index in range(2)]
    assert ids(chosen(made, pod("p", *two))) == [["a"], ["b"]]
    three = [container(str(index), gpu=1, gpumem=600) for index in range(3)]
    assert reasons(made, pod("q", *three)) == {"n": "2/2 CardInsufficientMemory"}


def test_init_containers_can_get_the_devices_of_the_other_containers() -> None:
    made = ledger(node("n", device("a")))
    init = (container("i", gpu=1, gpumem=900), container("j", gpu=1, gpumem=800))
    found = place(made, pod("p", container(gpu=1, gpumem=500), init=init))
    assert ids(found) == [["a"], ["a"], ["a"]]
    assert (made.nodes["n"].use["a"].memory, made.nodes["n"].use["a"].shares) == (900, 1)


def test_a_container_can_request_devices_of_two_vendors() -> None:
    both = node("n", device("a"), **{"hami.io/node-dcu-register": "d,4,500,100,DCU-K100,0,true:"})
    requester = pod("p", container(gpu=1, **{"hygon.com/dcunum": 1, "hygon.com/dcucores": 30}))
    found = chosen(ledger(both), requester)
    assert (ids(found), ids(found, "DCU")) == ([["a"]], [["d"]])
    assert (found.fit["DCU"][0][0].memory, found.fit["DCU"][0][0].cores) == (500, 30)


@pytest.mark.parametrize(
    ("vendor", "register", "requests", "share"),
    [
        (
            "XPU",
            "hami.io/node-register-xpu",
            {"kunlunxin.com/vxpu": 1, "kunlunxin.com/vxpu-memory": 300},
            (24576, 25),
        ),
        ("XPU", "hami.io/node-register-xpu", {"kunlunxin.com/vxpu": 1}, (98304, 100)),
        ("Vastai", "hami.io/node-va-register", {"vastaitech.com/va": 1}, (0, 0)),
        ("Biren", "hami.io/node-biren-register", {"birentech.com/gpu": 1}, (0, 0)),
    ],
)
def test_each_vendor_has_rules_for_shares(
    vendor: str, register: str, requests: dict[str, int], share: tuple[int, int]
) -> None:
    own = device("x", devmem=98304 if vendor == "XPU" else 1000, type=vendor)
    made = ledger(node("n", **{register: json.dumps([own])}))
    [[result]] = chosen(made, pod("p", container(**requests))).fit[vendor]
    assert (result.type, result.memory, result.cores) == (vendor, *share)


@pytest.mark.parametrize(
    ("devices", "requests", "reason"),
    [
        ([device("a", health=False)], {"gpu": 1}, "1/1 CardNotHealth"),
        ([device("a", count=0)], {"gpu": 1}, "1/1 CardTimeSlicingExhausted"),
        ([device("a")], {"gpu": 1, "gpumem": 1001}, "1/1 CardInsufficientMemory"),
        ([device("a", devcore=50)], {"gpu": 1, "gpucores": 60}, "1/1 CardInsufficientCore"),
        ([device("a")], {"gpu": 2}, "NodeInsufficientDevice"),
        (
            [device("a"), device("b", health=False), device("c", devmem=5)],
            {"gpu": 2, "gpumem": 10},
            "1/3 CardInsufficientMemory, 1/3 CardNotHealth, 1/3 AllocatedCardsInsufficientRequest",
        ),
    ],
)
def test_a_pod_that_does_not_fit_gets_hamis_reason(
    devices: list[dict[str, Any]], requests: dict[str, int], reason: str
) -> None:
    found = reasons(ledger(node("n", *devices)), pod("p", container(**requests)))
    assert sorted(found["n"].split(", ")) == sorted(reason.split(", "))


def test_a_whole_device_is_not_shared() -> None:
    made = ledger(node("n", device("a")))
    place(made, pod("p", container(gpu=1, gpumem=10)))
    whole = pod("q", container(gpu=1, gpumem=10, gpucores=100))
    assert reasons(made, whole) == {"n": "1/1 ExclusiveDeviceAllocateConflict"}


def test_a_device_without_free_cores_fits_no_pod_without_a_limit() -> None:
    made = ledger(node("n", device("a")))
    place(made, pod("p", container(gpu=1, gpumem=10, gpucores=100)))
    assert reasons(made, pod("q", container(gpu=1, gpumem=10))) == {
        "n": "1/1 CardComputeUnitsExhausted"
    }


def test_a_device_has_a_maximum_number_of_shares() -> None:
    made = ledger(node("n", device("a", count=2)))
    for name in "pq":
        place(made, pod(name, container(gpu=1, gpumem=10)))
    assert reasons(made, pod("r", container(gpu=1, gpumem=10))) == {
        "n": "1/1 CardTimeSlicingExhausted"
    }


def test_a_node_without_devices_is_unregistered() -> None:
    made = ledger(node("n"))
    found = choose(pod("p", container(gpu=1)), ["n", "m"], made, Quotas(), Policies())
    assert isinstance(found, NoChoice)
    assert found.reasons == {"n": "node unregistered", "m": "node unregistered"}


@pytest.mark.parametrize(
    ("constraints", "device"),
    [
        ({"use_gputype": "a100"}, "a"),
        ({"use_gputype": "V100, T4"}, "t"),
        ({"nouse_gputype": "A100"}, "t"),
        ({"use_gpuuuid": "x,t"}, "t"),
        ({"nouse_gpuuuid": "a"}, "t"),
        ({"use_gputype": " "}, "a"),
    ],
)
def test_annotations_select_devices_by_type_and_id(
    constraints: dict[str, str], device: str
) -> None:
    made = ledger(node("n", _typed("a", "NVIDIA-A100"), _typed("t", "NVIDIA-T4")))
    assert ids(chosen(made, with_constraints(**constraints))) == [[device]]


def _typed(id: str, type: str) -> dict[str, Any]:
    return device(id, type=type)


@pytest.mark.parametrize(
    ("constraints", "reason"),
    [
        ({"use_gputype": "V100"}, "CardTypeMismatch"),
        ({"nouse_gputype": "nvidia"}, "CardTypeMismatch"),
        ({"vgpu_mode": "mig"}, "CardTypeMismatch"),
        ({"use_gpuuuid": "x"}, "CardUuidMismatch"),
        ({"nouse_gpuuuid": "a,b"}, "CardUuidMismatch"),
    ],
)
def test_constraints_that_no_device_meets_have_a_reason(
    constraints: dict[str, str], reason: str
) -> None:
    made = ledger(node("n", device("a"), device("b")))
    assert reasons(made, with_constraints(**constraints)) == {"n": f"2/2 {reason}"}


def test_an_annotation_requires_devices_on_one_numa_node() -> None:
    cards = [device("a", numa=0), device("b", numa=1), device("c", numa=0), device("d", numa=1)]
    made = ledger(node("n", *cards))
    requester = pod("p", container(gpu=2, gpumem=10), annotations={"nvidia.com/numa-bind": "true"})
    [together] = ids(chosen(made, requester))
    assert together in (["a", "c"], ["b", "d"])
    too_many = pod("p", container(gpu=3), annotations={"nvidia.com/numa-bind": "true"})
    found = reasons(made, too_many)["n"].split(", ")
    assert sorted(found) == ["2/4 AllocatedCardsInsufficientRequest", "2/4 NumaNotFit"]


def test_by_default_nodes_are_packed_and_devices_are_spread() -> None:
    made = ledger(node("m", device("a"), device("b")), node("n", device("c"), device("d")))
    found = [place(made, pod(name, container(gpu=1, gpumem=100))) for name in "pqr"]
    assert {each.node for each in found} == {"m"}
    assert [ids(each) for each in found] == [[["a"]], [["b"]], [["a"]]]


def test_annotations_can_spread_nodes_and_pack_devices() -> None:
    policies = {
        "hami.io/node-scheduler-policy": "spread",
        "hami.io/gpu-scheduler-policy": "binpack",
    }
    made = ledger(node("m", device("a"), device("b")), node("n", device("c"), device("d")))
    found = [
        place(made, pod(name, container(gpu=1, gpumem=100), annotations=policies))
        for name in "pqrs"
    ]
    assert [(each.node, ids(each)) for each in found] == [
        ("m", [["a"]]),
        ("n", [["c"]]),
        ("m", [["a"]]),
        ("n", [["c"]]),
    ]


def test_an_unknown_policy_packs_nodes_and_spreads_devices() -> None:
    nonsense = {
        "hami.io/node-scheduler-policy": "random",
        "hami.io/gpu-scheduler-policy": "random",
    }
    made = ledger(node("m", device("a"), device("b")), node("n", device("c"), device("d")))
    requesters = [pod(name, container(gpu=1, gpumem=1), annotations=nonsense) for name in "pq"]
    found = [place(made, each, node="spread", device="binpack") for each in requesters]
    assert [(each.node, ids(each)) for each in found] == [("m", [["a"]]), ("m", [["b"]])]


def test_a_changed_node_is_evaluated_again() -> None:
    made = ledger(node("n", device("a")))
    requester = pod("p", container(gpu=1))
    assert chosen(made, requester).node == "n"
    made.put_node(node("n", device("a", health=False)))
    assert reasons(made, requester) == {"n": "1/1 CardNotHealth"}
    made.put_node(node("n", device("a"), **{"hami.io/device-cordon": "a"}))
    assert reasons(made, requester) == {"n": "1/1 CardCordoned"}
    made.put_node(node("n", device("a")))
    assert chosen(made, requester).node == "n"


def test_a_quota_limits_memory_and_cores_of_a_namespace() -> None:
    made, quotas = ledger(node("n", device("a"), device("b"))), Quotas()
    quotas.put(quota("q", gpumem=500, gpucores=50))
    fits = pod("p", container(gpu=1, gpumem=400, gpucores=10))
    assert chosen(made, fits, quotas).node == "n"
    for requests in ({"gpumem": 501}, {"gpumem": 10, "gpucores": 60}):
        too_much = pod("q", container(gpu=1, **requests))
        assert reasons(made, too_much, quotas) == {"n": "2/2 ResourceQuotaNotFit"}
    two = pod("q", container(gpu=2, gpumem=300))
    found = reasons(made, two, quotas)["n"]
    assert sorted(found.split(", ")) == [
        "1/2 AllocatedCardsInsufficientRequest",
        "1/2 ResourceQuotaNotFit",
    ]


def test_a_quota_counts_only_pods_of_its_namespace() -> None:
    made, quotas = ledger(node("n", device("a"))), Quotas()
    quotas.put(quota("q", gpumem=500))
    place(made, pod("p", container(gpu=1, gpumem=400)))
    place(made, pod("other", container(gpu=1, gpumem=400), namespace="elsewhere"))
    requester = pod("q", container(gpu=1, gpumem=200))
    assert reasons(made, requester, quotas) == {"n": "1/1 ResourceQuotaNotFit"}
    made.release("uid-p")
    assert chosen(made, requester, quotas).node == "n"
    place(made, pod("p", container(gpu=1, gpumem=400)))
    quotas.remove(quota("q"))
    assert chosen(made, requester, quotas).node == "n"


def test_the_smallest_quota_counts_and_a_list_replaces_all_quotas() -> None:
    quotas = Quotas()
    quotas.put(quota("wide", gpumem=900))
    quotas.put(quota("narrow", gpumem=100))
    made = ledger(node("n", device("a")))
    requester = pod("q", container(gpu=1, gpumem=200))
    assert reasons(made, requester, quotas) == {"n": "1/1 ResourceQuotaNotFit"}
    quotas.replace([quota("wide", gpumem=900)])
    assert chosen(made, requester, quotas).node == "n"


def test_shares_of_a_kunlunxin_device_have_one_size() -> None:
    own = json.dumps([device("x", devmem=98304, type="XPU-P800")])
    made = ledger(node("n", **{"hami.io/node-register-xpu": own}))
    half = {"kunlunxin.com/vxpu": 1, "kunlunxin.com/vxpu-memory": 49152}
    quarter = {"kunlunxin.com/vxpu": 1, "kunlunxin.com/vxpu-memory": 24576}
    place(made, pod("p", container(**half)))
    assert reasons(made, pod("q", container(**quarter))) == {"n": "1/1 NumaNotFit"}
    assert chosen(made, pod("r", container(**half))).node == "n"


def test_used_devices_stay_used_when_their_node_registers_again_or_returns() -> None:
    made = ledger(node("n", device("a", count=1)))
    place(made, pod("p", container(gpu=1)))
    made.put_node(node("n", device("a", count=1), device("b", health=False)))
    requester = pod("q", container(gpu=1))
    assert "1/2 CardTimeSlicingExhausted" in reasons(made, requester)["n"]
    made.remove_node(node("n"))
    made.put_node(node("n", device("a", count=1)))
    assert reasons(made, requester) == {"n": "1/1 CardTimeSlicingExhausted"}
    assert ALLOCATED not in requester["metadata"]["annotations"]
