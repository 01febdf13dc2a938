"""The ledger of devices in the HAMi stand-in."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hami_scheduler.allocations import Ledger
from hami_scheduler.protocol import Share

from .hami_cluster import ALLOCATED, container, device, node, pod


def holder(name: str, shares: str = "a,NVIDIA,300,20:;", **other: Any) -> dict[str, Any]:
    made = pod(name, container(gpu=1))
    made["metadata"]["annotations"] = {"hami.io/vgpu-node": "n", ALLOCATED: shares}
    made["metadata"]["resourceVersion"] = str(other.get("version", 1))
    made["status"]["phase"] = other.get("phase", "Pending")
    return made


def used(ledger: Ledger, id: str = "a") -> tuple[int, int, int]:
    use = ledger.nodes["n"].use[id]
    return use.shares, use.memory, use.cores


@pytest.fixture
def ledger() -> Ledger:
    made = Ledger()
    made.put_node(node("n", device("a"), device("b")))
    return made


def test_pods_are_counted_from_their_annotations(ledger: Ledger) -> None:
    assert ledger.put_pod(holder("p"))
    assert not ledger.put_pod(holder("p", version=2))
    assert ledger.put_pod(holder("q", "a,NVIDIA,100,0:b,NVIDIA,100,0:;"))
    assert used(ledger) == (2, 400, 20)
    assert used(ledger, "b") == (1, 100, 0)
    assert ledger.used_by("lab") == {"NVIDIA": (500, 20)}


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_pod_that_has_ended_has_no_devices(ledger: Ledger, phase: str) -> None:
    ledger.put_pod(holder("p"))
    assert ledger.put_pod(holder("p", version=2, phase=phase))
    assert used(ledger) == (0, 0, 0)


def test_a_deleted_pod_has_no_devices(ledger: Ledger) -> None:
    ledger.put_pod(holder("p"))
    assert ledger.remove_pod(holder("p"))
    assert not ledger.remove_pod(holder("p"))
    assert used(ledger) == (0, 0, 0)


def test_pods_may_be_added_before_their_node() -> None:
    ledger = Ledger()
    ledger.put_pod(holder("p"))
    ledger.put_node(node("n", device("a")))
    assert used(ledger) == (1, 300, 20)


def test_older_events_do_not_undo_an_assignment(ledger: Ledger) -> None:
    requester = holder("p", "b,NVIDIA,1,1:;", version=5)
    ledger.assign(requester, "n", {"NVIDIA": ((Share("a", "NVIDIA", 300, 20),),)})
    assert not ledger.put_pod(requester)
    assert used(ledger) == (1, 300, 20)
    ledger.confirm("uid-p", 8)
    assert not ledger.put_pod(
        {**requester, "metadata": {**requester["metadata"], "resourceVersion": "7"}}
    )
    assert used(ledger) == (1, 300, 20)
    ledger.put_pod(holder("p", "b,NVIDIA,1,1:;", version=9))
    assert (used(ledger), used(ledger, "b")) == ((0, 0, 0), (1, 1, 1))


def test_a_pod_that_ends_during_the_assignment_has_no_devices(ledger: Ledger) -> None:
    requester = holder("p")
    ledger.assign(requester, "n", {"NVIDIA": ((Share("a", "NVIDIA", 300, 20),),)})
    ledger.remove_pod(requester)
    ledger.confirm("uid-p", 8)
    assert used(ledger) == (0, 0, 0)
    assert not ledger.release("uid-p")


def test_a_list_replaces_all_pods_or_nodes(ledger: Ledger) -> None:
    ledger.put_pod(holder("p"))
    ledger.replace_pods([holder("q", "b,NVIDIA,100,0:;")])
    assert (used(ledger), used(ledger, "b")) == ((0, 0, 0), (1, 100, 0))
    ledger.replace_nodes([node("m", device("c"))])
    assert set(ledger.nodes) == {"m"}


def test_malformed_annotations_use_no_devices(ledger: Ledger) -> None:
    assert not ledger.put_pod(holder("p", "nonsense"))
    assert used(ledger) == (0, 0, 0)


CHANGES = st.lists(
    st.tuples(
        st.sampled_from("pqr"),
        st.sampled_from(["put", "end", "remove", "assign"]),
        st.integers(1, 9),
    )
)


@given(CHANGES)
def test_after_any_changes_the_used_part_is_that_of_the_pods(
    changes: list[tuple[str, str, int]],
) -> None:
    ledger = Ledger()
    ledger.put_node(node("n", device("a")))
    has: dict[str, int] = {}
    for version, (name, what, memory) in enumerate(changes, 1):
        known = holder(name, f"a,NVIDIA,{memory},0:;", version=version)
        if what == "put":
            ledger.put_pod(known)
            has[name] = memory
        elif what == "assign":
            ledger.assign(known, "n", {"NVIDIA": ((Share("a", "NVIDIA", memory, 0),),)})
            ledger.confirm(f"uid-{name}", version)
            has[name] = memory
        else:
            if what == "end":
                ledger.put_pod(holder(name, version=version, phase="Failed"))
            else:
                ledger.remove_pod(known)
            has.pop(name, None)
    assert used(ledger) == (len(has), sum(has.values()), 0)
    assert ledger.used_by("lab").get("NVIDIA", (0, 0)) == (sum(has.values()), 0)
