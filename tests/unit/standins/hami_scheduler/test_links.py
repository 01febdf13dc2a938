"""The stand-in's choice among devices by the links between them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from hami_scheduler.allocations import Ledger
from hami_scheduler.device_fit import Demand, Unfit, fit
from hami_scheduler.node_selection import Choice, Policies, choose
from hami_scheduler.nodes import Node, State
from hami_scheduler.quotas import Quotas
from hami_scheduler.requests import requests_of

from .hami_cluster import container, device, node, pod

SCORES = {("a", "b"): 1, ("a", "c"): 5, ("b", "c"): 2, ("a", "d"): 9, ("b", "d"): 3, ("c", "d"): 4}


def chosen(policy: str, count: int, *ids: str) -> list[str]:
    """Return the ids of the devices that a pod gets on a node with these devices."""
    listed = [
        {"uuid": id, "score": {y: score for (x, y), score in SCORES.items() if x == id}}
        for id in ids
    ]
    own = node("one", *(device(id) for id in ids))
    annotations = {
        **own["metadata"]["annotations"],
        "hami.io/node-nvidia-score": json.dumps(listed),
    }
    known = Node("one")
    known.update(State(annotations=annotations), datetime.now(UTC))
    requests = requests_of(pod("user", container(gpu=count, gpumem=10)))
    found = fit(Demand(requests, policy=policy), known.cards)
    assert not isinstance(found, Unfit)
    return [share.id for share in found["NVIDIA"][0]]


@pytest.mark.parametrize(
    ("policy", "count", "expected"),
    [
        ("topology-aware", 2, ["a", "d"]),
        ("topology-aware", 3, ["a", "c", "d"]),
        ("topology-aware", 4, ["a", "b", "c", "d"]),
        ("topology-aware", 1, ["b"]),
        ("binpack,topology-aware", 2, ["a", "d"]),
        ("spread", 2, ["a", "b"]),
    ],
)
def test_links_decide_if_the_policy_says_so(policy: str, count: int, expected: list[str]) -> None:
    assert chosen(policy, count, "a", "b", "c", "d") == expected


@pytest.mark.parametrize(
    ("policy", "key", "expected"),
    [("binpack", "losses", "a"), ("spread", "scores", "b"), ("binpack", "scores", "a")],
)
def test_losses_and_scores_of_metax_nodes_decide(policy: str, key: str, expected: str) -> None:
    ledger = Ledger()
    values = {"a": 10, "b": 50}
    if (policy, key) == ("binpack", "scores"):
        # The scores count for the policy spread only, so the names decide.
        values = {"a": 50, "b": 10}
    for name, value in values.items():
        made = node(name, **{f"metax-tech.com/gpu.topology.{key}": json.dumps({"2": value})})
        ledger.put_node({**made, "status": {"capacity": {"metax-tech.com/gpu": "2"}}})
    pair = pod(
        "pair",
        container(**{"metax-tech.com/gpu": 2}),
        annotations={"hami.io/node-scheduler-policy": policy},
    )
    found = choose(pair, ["a", "b"], ledger, Quotas(), Policies())
    assert isinstance(found, Choice)
    assert found.node == expected
