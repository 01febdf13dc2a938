"""The stand-in's choice among devices by the links between them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from hami_scheduler.device_fit import Demand, Unfit, fit
from hami_scheduler.nodes import Node, State
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
