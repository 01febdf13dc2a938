"""Which node and devices the HAMi stand-in chooses, and why it chooses none."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hami_scheduler.allocations import Ledger
from hami_scheduler.node_selection import Choice, NoChoice, Policies, choose
from hami_scheduler.protocol import requesting
from hami_scheduler.quotas import Quotas

from .hami_cluster import ALLOCATED, container, device, node, pod, quota

NOON = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)


def ledger(*nodes: dict[str, Any]) -> Ledger:
    made = Ledger()
    made.replace_nodes(nodes)
    return made


def chosen(
    made: Ledger, asking: dict[str, Any], quotas: Quotas | None = None, **policies: str
) -> Choice:
    found = choose(asking, sorted(made.nodes), made, quotas or Quotas(), Policies(**policies), NOON)
    assert isinstance(found, Choice), found
    return found


def reasons(made: Ledger, asking: dict[str, Any], quotas: Quotas | None = None) -> dict[str, str]:
    found = choose(asking, sorted(made.nodes), made, quotas or Quotas(), Policies(), NOON)
    assert isinstance(found, NoChoice), found
    return dict(found.reasons)


def place(made: Ledger, asking: dict[str, Any], **policies: str) -> Choice:
    found = chosen(made, asking, **policies)
    made.assign(asking, found.node, found.fit)
    return found


def ids(found: Choice, word: str = "NVIDIA") -> list[list[str]]:
    return [[share.id for share in of_container] for of_container in found.fit[word]]


def wanting(**annotations: str) -> dict[str, Any]:
    named = {f"nvidia.com/{key.replace('_', '-')}": text for key, text in annotations.items()}
    return pod("p", container(gpu=1, gpumem=100), annotations=named)


def test_who_says_nothing_gets_the_whole_memory_and_no_limit_of_cores() -> None:
    [[share]] = chosen(ledger(node("n", device("a"))), pod("p", container(gpu=1))).fit["NVIDIA"]
    assert (share.type, share.memory, share.cores) == ("NVIDIA", 1000, 0)


@pytest.mark.parametrize(
    ("asks", "memory"),
    [
        ({"gpumem": 300}, 300),
        ({"gpumem_percentage": 25}, 250),
        ({"gpumem": 300, "gpumem_percentage": 50}, 300),
    ],
)
def test_memory_is_asked_in_mib_or_percents(asks: dict[str, int], memory: int) -> None:
    [[share]] = chosen(ledger(node("n", device("a"))), pod("p", container(gpu=1, **asks))).fit[
        "NVIDIA"
    ]
    assert share.memory == memory


def test_each_container_is_listed_also_those_without_devices() -> None:
    asking = pod("p", container("a"), container("b", gpu=2, gpumem=10), init=(container("c"),))
    assert ids(chosen(ledger(node("n", device("x"), device("y"))), asking)) == [[], [], ["x", "y"]]


def test_containers_of_a_pod_share_what_is_there() -> None:
    made = ledger(node("n", device("a"), device("b")))
    two = [container(str(index), gpu=1, gpumem=600) for index in range(2)]
    assert ids(chosen(made, pod("p", *two))) == [["a"], ["b"]]
    three = [container(str(index), gpu=1, gpumem=600) for index in range(3)]
    assert reasons(made, pod("q", *three)) == {"n": "2/2 CardInsufficientMemory"}


def test_init_containers_can_have_the_devices_that_the_others_get_later() -> None:
    made = ledger(node("n", device("a")))
    init = (container("i", gpu=1, gpumem=900), container("j", gpu=1, gpumem=800))
    found = place(made, pod("p", container(gpu=1, gpumem=500), init=init))
    assert ids(found) == [["a"], ["a"], ["a"]]
    assert (made.nodes["n"].use["a"].memory, made.nodes["n"].use["a"].shares) == (900, 1)


def test_two_vendors_can_be_asked_at_once() -> None:
    both = node("n", device("a"), **{"hami.io/node-dcu-register": "d,4,500,100,DCU-K100,0,true:"})
    asking = pod("p", container(gpu=1, **{"hygon.com/dcunum": 1, "hygon.com/dcucores": 30}))
    found = chosen(ledger(both), asking)
    assert (ids(found), ids(found, "DCU")) == ([["a"]], [["d"]])
    assert (found.fit["DCU"][0][0].memory, found.fit["DCU"][0][0].cores) == (500, 30)


@pytest.mark.parametrize(
    ("vendor", "register", "asks", "share"),
    [
        ("AMD", "hami.io/node-amd-register", {"amd.com/gpu": 1}, (1000, 100)),
        (
            "XPU",
            "hami.io/node-xpu-register",
            {"kunlunxin.com/vxpu": 1, "kunlunxin.com/vxpu-memory": 300},
            (24576, 25),
        ),
        ("XPU", "hami.io/node-register-xpu", {"kunlunxin.com/vxpu": 1}, (98304, 100)),
        ("Vastai", "hami.io/node-va-register", {"vastaitech.com/va": 1}, (0, 0)),
        ("Biren", "hami.io/node-biren-register", {"birentech.com/gpu": 1}, (0, 0)),
    ],
)
def test_other_vendors_are_shared_in_their_ways(
    vendor: str, register: str, asks: dict[str, int], share: tuple[int, int]
) -> None:
    own = device("x", devmem=98304 if vendor == "XPU" else 1000, type=vendor)
    made = ledger(node("n", **{register: json.dumps([own])}))
    [[given]] = chosen(made, pod("p", container(**asks))).fit[vendor]
    assert (given.type, given.memory, given.cores) == (vendor, *share)


@pytest.mark.parametrize(
    ("devices", "asks", "reason"),
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
def test_why_a_node_has_nothing_for_a_pod(
    devices: list[dict[str, Any]], asks: dict[str, int], reason: str
) -> None:
    found = reasons(ledger(node("n", *devices)), pod("p", container(**asks)))
    assert sorted(found["n"].split(", ")) == sorted(reason.split(", "))


def test_a_whole_device_is_for_nobody_else() -> None:
    made = ledger(node("n", device("a")))
    place(made, pod("p", container(gpu=1, gpumem=10)))
    whole = pod("q", container(gpu=1, gpumem=10, gpucores=100))
    assert reasons(made, whole) == {"n": "1/1 ExclusiveDeviceAllocateConflict"}


def test_a_device_whose_cores_are_given_away_takes_nobody_who_wants_no_limit() -> None:
    made = ledger(node("n", device("a")))
    place(made, pod("p", container(gpu=1, gpumem=10, gpucores=100)))
    assert reasons(made, pod("q", container(gpu=1, gpumem=10))) == {
        "n": "1/1 CardComputeUnitsExhausted"
    }


def test_shares_run_out() -> None:
    made = ledger(node("n", device("a", count=2)))
    for name in "pq":
        place(made, pod(name, container(gpu=1, gpumem=10)))
    assert reasons(made, pod("r", container(gpu=1, gpumem=10))) == {
        "n": "1/1 CardTimeSlicingExhausted"
    }


def test_a_node_without_devices_is_none_of_ours() -> None:
    made = ledger(node("n"))
    found = choose(pod("p", container(gpu=1)), ["n", "m"], made, Quotas(), Policies(), NOON)
    assert isinstance(found, NoChoice)
    assert found.reasons == {"n": "node unregistered", "m": "node unregistered"}


@pytest.mark.parametrize(
    ("wishes", "device"),
    [
        ({"use_gputype": "a100"}, "a"),
        ({"use_gputype": "V100, T4"}, "t"),
        ({"nouse_gputype": "A100"}, "t"),
        ({"use_gpuuuid": "x,t"}, "t"),
        ({"nouse_gpuuuid": "a"}, "t"),
        ({"use_gputype": " "}, "a"),
    ],
)
def test_devices_are_chosen_by_type_and_id(wishes: dict[str, str], device: str) -> None:
    made = ledger(node("n", _typed("a", "NVIDIA-A100"), _typed("t", "NVIDIA-T4")))
    assert ids(chosen(made, wanting(**wishes))) == [[device]]


def _typed(id: str, type: str) -> dict[str, Any]:
    return device(id, type=type)


@pytest.mark.parametrize(
    ("wishes", "reason"),
    [
        ({"use_gputype": "V100"}, "CardTypeMismatch"),
        ({"nouse_gputype": "nvidia"}, "CardTypeMismatch"),
        ({"vgpu_mode": "mig"}, "CardTypeMismatch"),
        ({"use_gpuuuid": "x"}, "CardUuidMismatch"),
        ({"nouse_gpuuuid": "a,b"}, "CardUuidMismatch"),
    ],
)
def test_why_no_device_is_wanted(wishes: dict[str, str], reason: str) -> None:
    made = ledger(node("n", device("a"), device("b")))
    assert reasons(made, wanting(**wishes)) == {"n": f"2/2 {reason}"}


def test_devices_at_one_numa_node_can_be_wanted() -> None:
    cards = [device("a", numa=0), device("b", numa=1), device("c", numa=0), device("d", numa=1)]
    made = ledger(node("n", *cards))
    asking = pod("p", container(gpu=2, gpumem=10), annotations={"nvidia.com/numa-bind": "true"})
    [together] = ids(chosen(made, asking))
    assert together in (["a", "c"], ["b", "d"])
    too_many = pod("p", container(gpu=3), annotations={"nvidia.com/numa-bind": "true"})
    found = reasons(made, too_many)["n"].split(", ")
    assert sorted(found) == ["2/4 AllocatedCardsInsufficientRequest", "2/4 NumaNotFit"]


def test_nodes_are_filled_one_after_the_other_and_devices_evenly_unless_said() -> None:
    made = ledger(node("m", device("a"), device("b")), node("n", device("c"), device("d")))
    found = [place(made, pod(name, container(gpu=1, gpumem=100))) for name in "pqr"]
    assert {each.node for each in found} == {"m"}
    assert [ids(each) for each in found] == [[["a"]], [["b"]], [["a"]]]


def test_a_pod_can_want_nodes_spread_and_devices_packed() -> None:
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


def test_the_defaults_of_policies_can_be_others_and_nonsense_counts_as_nothing() -> None:
    nonsense = {"hami.io/node-scheduler-policy": "random"}
    made = ledger(node("m", device("a")), node("n", device("b")))
    for name, where in (("p", "m"), ("q", "n")):
        asking = pod(name, container(gpu=1, gpumem=1), annotations=nonsense)
        assert place(made, asking, node="spread").node == where


def test_what_is_known_of_a_node_is_found_out_anew_when_it_changes() -> None:
    made = ledger(node("n", device("a")))
    asking = pod("p", container(gpu=1))
    assert chosen(made, asking).node == "n"
    made.put_node(node("n", device("a", health=False)))
    assert reasons(made, asking) == {"n": "1/1 CardNotHealth"}
    made.put_node(node("n", device("a"), **{"hami.io/device-cordon": "a"}))
    assert reasons(made, asking) == {"n": "1/1 CardCordoned"}
    made.put_node(node("n", device("a")))
    assert chosen(made, asking).node == "n"


@pytest.mark.parametrize(("minutes", "is_there"), [(4, True), (6, False)])
def test_devices_of_a_plugin_that_does_not_answer_are_unavailable(
    minutes: int, is_there: bool
) -> None:
    asked = requesting(NOON - timedelta(minutes=minutes))
    made = ledger(node("n", device("a"), **{"hami.io/node-handshake": asked}))
    asking = pod("p", container(gpu=1))
    if is_there:
        assert chosen(made, asking).node == "n"
    else:
        assert reasons(made, asking) == {"n": "node unregistered"}
    made.put_node(
        node("n", device("a"), **{"hami.io/node-handshake": "Reported_2026-05-04 12:00:00"})
    )
    assert chosen(made, asking).node == "n"


def test_time_passing_makes_devices_unavailable_without_news() -> None:
    asked = requesting(NOON - timedelta(minutes=4))
    made = ledger(node("n", device("a"), **{"hami.io/node-handshake": asked}))
    asking = pod("p", container(gpu=1))
    assert chosen(made, asking).node == "n"
    later = choose(asking, ["n"], made, Quotas(), Policies(), NOON + timedelta(minutes=2))
    assert isinstance(later, NoChoice)


def test_memory_and_cores_of_a_namespace_are_limited_by_its_quota() -> None:
    made, quotas = ledger(node("n", device("a"), device("b"))), Quotas()
    quotas.put(quota("q", gpumem=500, gpucores=50))
    fits = pod("p", container(gpu=1, gpumem=400, gpucores=10))
    assert chosen(made, fits, quotas).node == "n"
    for asks in ({"gpumem": 501}, {"gpumem": 10, "gpucores": 60}):
        too_much = pod("q", container(gpu=1, **asks))
        assert reasons(made, too_much, quotas) == {"n": "2/2 ResourceQuotaNotFit"}
    two = pod("q", container(gpu=2, gpumem=300))
    found = reasons(made, two, quotas)["n"]
    assert sorted(found.split(", ")) == [
        "1/2 AllocatedCardsInsufficientRequest",
        "1/2 ResourceQuotaNotFit",
    ]


def test_a_quota_counts_what_the_namespace_has_and_only_that() -> None:
    made, quotas = ledger(node("n", device("a"))), Quotas()
    quotas.put(quota("q", gpumem=500))
    place(made, pod("p", container(gpu=1, gpumem=400)))
    place(made, pod("other", container(gpu=1, gpumem=400), namespace="elsewhere"))
    asking = pod("q", container(gpu=1, gpumem=200))
    assert reasons(made, asking, quotas) == {"n": "1/1 ResourceQuotaNotFit"}
    made.release("uid-p")
    assert chosen(made, asking, quotas).node == "n"
    place(made, pod("p", container(gpu=1, gpumem=400)))
    quotas.remove(quota("q"))
    assert chosen(made, asking, quotas).node == "n"


def test_the_narrowest_quota_counts_and_a_list_replaces_all() -> None:
    quotas = Quotas()
    quotas.put(quota("wide", gpumem=900))
    quotas.put(quota("narrow", gpumem=100))
    made = ledger(node("n", device("a")))
    asking = pod("q", container(gpu=1, gpumem=200))
    assert reasons(made, asking, quotas) == {"n": "1/1 ResourceQuotaNotFit"}
    quotas.replace([quota("wide", gpumem=900)])
    assert chosen(made, asking, quotas).node == "n"


def test_shares_of_a_kunlunxin_device_have_one_size() -> None:
    own = json.dumps([device("x", devmem=98304, type="P800")])
    made = ledger(node("n", **{"hami.io/node-xpu-register": own}))
    half = {"kunlunxin.com/vxpu": 1, "kunlunxin.com/vxpu-memory": 49152}
    quarter = {"kunlunxin.com/vxpu": 1, "kunlunxin.com/vxpu-memory": 24576}
    place(made, pod("p", container(**half)))
    assert reasons(made, pod("q", container(**quarter))) == {"n": "1/1 NumaNotFit"}
    assert chosen(made, pod("r", container(**half))).node == "n"


def test_a_registration_that_cannot_be_read_registers_nothing_and_is_noted() -> None:
    made = ledger(node("n", **{"hami.io/node-nvidia-register": "nonsense"}))
    assert reasons(made, pod("p", container(gpu=1))) == {"n": "node unregistered"}
    [problem] = made.nodes["n"].problems
    assert "nonsense" in problem


def test_devices_in_use_stay_in_use_when_their_node_registers_anew_or_comes_back() -> None:
    made = ledger(node("n", device("a", count=1)))
    place(made, pod("p", container(gpu=1)))
    made.put_node(node("n", device("a", count=1), device("b", health=False)))
    asking = pod("q", container(gpu=1))
    assert "1/2 CardTimeSlicingExhausted" in reasons(made, asking)["n"]
    made.remove_node(node("n"))
    made.put_node(node("n", device("a", count=1)))
    assert reasons(made, asking) == {"n": "1/1 CardTimeSlicingExhausted"}
    assert ALLOCATED not in asking["metadata"]["annotations"]
