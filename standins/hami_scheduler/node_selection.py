"""Choose the node for a pod."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hami_scheduler.allocations import Ledger
from hami_scheduler.constraints import (
    BINPACK,
    SPREAD,
    Constraints,
    constraints_of,
    device_policy,
    node_policy,
    weights_of,
)
from hami_scheduler.device_fit import Demand, Fit, Unfit
from hami_scheduler.nodes import Node
from hami_scheduler.quotas import UNLIMITED, Quotas
from hami_scheduler.requests import Object, Requests, init_count, requests_of
from hami_scheduler.vendors import BY_DEVICE_TYPE

UNREGISTERED = "node unregistered"
MOST = 2000
"""The loss or score of a node from which it is subtracted."""


@dataclass(frozen=True)
class Policies:
    """The policies of pods that set none.

    Attributes:
        node: "binpack" fills nodes one after the other, "spread" evenly.
        device: the same for the devices of a node.
    """

    node: str = BINPACK
    device: str = SPREAD


@dataclass(frozen=True)
class Choice:
    """The node and the devices for a pod.

    Attributes:
        node: the node's name.
        fit: the pod's shares of devices on the node.
        scores: how full each node is on which the pod fits, by the node's name.
    """

    node: str
    fit: Fit
    scores: Mapping[str, float]


@dataclass(frozen=True)
class NoChoice:
    """A pod fits on no node.

    Attributes:
        reasons: the reason for each node, by the node's name.
    """

    reasons: Mapping[str, str]


def demand_of(
    pod: Object, requests: Requests, ledger: Ledger, quotas: Quotas, policies: Policies
) -> Demand:
    """Return everything about a pod that decides which devices it gets on a node.

    Args:
        pod: the pod.
        requests: the requests of its containers.
        ledger: the devices of all pods.
        quotas: the quotas of all namespaces.
        policies: the policies of pods that set none.
    """
    annotations = pod["metadata"].get("annotations") or {}
    namespace = pod["metadata"]["namespace"]
    device_types = sorted({request.vendor.device_type for each in requests for request in each})
    constraints = (
        (device_type, constraints_of(annotations, BY_DEVICE_TYPE[device_type]))
        for device_type in device_types
    )
    headroom = quotas.headroom(namespace, ledger.used_by(namespace))
    return Demand(
        requests=requests,
        init=init_count(pod),
        constraints=tuple(
            (device_type, each) for device_type, each in constraints if each != Constraints()
        ),
        policy=device_policy(annotations, policies.device),
        weights=weights_of(annotations),
        headroom=tuple(
            (device_type, headroom[device_type])
            for device_type in device_types
            if headroom[device_type] != UNLIMITED
        ),
    )


def choose(
    pod: Object,
    names: Iterable[str],
    ledger: Ledger,
    quotas: Quotas,
    policies: Policies,
) -> Choice | NoChoice:
    """Choose the best node for a pod, and its devices there.

    Args:
        pod: the pod. Its earlier devices must be released.
        names: the names of the nodes to choose from.
        ledger: all nodes, and the devices of all pods.
        quotas: the quotas of all namespaces.
        policies: the policies of pods that set none.

    Raises:
        FormatError: the pod's weights are malformed.

    Returns:
        The choice, or the reasons why the pod fits on none of the nodes.
    """
    demand = demand_of(pod, requests_of(pod), ledger, quotas, policies)
    key = ledger.key_of(demand)
    policy = node_policy(pod["metadata"].get("annotations") or {}, policies.node)
    fits: dict[str, Fit] = {}
    scores: dict[str, float] = {}
    reasons: dict[str, str] = {}
    for name in names:
        node = ledger.nodes.get(name)
        if node is None or not node.cards:
            reasons[name] = UNREGISTERED
            continue
        found, score = node.evaluate(demand, key)
        if isinstance(found, Unfit):
            reasons[name] = found.reason
        else:
            fits[name], scores[name] = found, score + _links(node, found, policy)
    if not fits:
        return NoChoice(reasons)
    sign = 1 if policy == SPREAD else -1
    best = min(scores, key=lambda name: (sign * scores[name], name))
    return Choice(best, fits[best], scores)


def _links(node: Node, fit: Fit, policy: str) -> float:
    """Return what the links between a node's devices add to its score, for vendors whose nodes say that."""
    total = 0.0
    for device_type, containers in fit.items():
        vendor = BY_DEVICE_TYPE[device_type]
        text = node.state.annotations.get(
            vendor.node_scores if policy == SPREAD else vendor.node_losses
        )
        if text:
            number = str(sum(map(len, containers)))
            # The lowest score wins with the policy "spread", the highest one otherwise.
            total += MOST - _value(text, number)
    return total


def _value(text: str, number: str) -> float:
    try:
        return float(json.loads(text).get(number, 0))
    except (ValueError, AttributeError):
        return 0.0
