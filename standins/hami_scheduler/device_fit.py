"""Choose a node's devices for a pod, or give the reason why the pod does not fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from hami_scheduler import reasons
from hami_scheduler.card_order import ordered
from hami_scheduler.constraints import SPREAD, Constraints, Weights
from hami_scheduler.links import best_linked
from hami_scheduler.neighbours import choose_neighbours, choose_units, choose_wing, whole_modules
from hami_scheduler.obstacles import Ask, obstacle
from hami_scheduler.parts import MIG, part_for, place
from hami_scheduler.protocol import Share, Shares
from hami_scheduler.quotas import UNLIMITED, Headroom
from hami_scheduler.requests import Request, Requests
from hami_scheduler.uses import Card, uses
from hami_scheduler.vendors import DRS


@dataclass(frozen=True)
class Demand:
    """Everything about a pod that decides which devices it gets on a node.

    Attributes:
        requests: the requests of its containers.
        init: the number of init containers, which come first in `requests`.
        constraints: the constraints on devices, by device type.
        policy: the policy for devices.
        weights: the weights of the parts of a device's score.
        headroom: the unused quota of its namespace, by device type; without types that have no limit.
    """

    requests: Requests
    init: int = 0
    constraints: tuple[tuple[str, Constraints], ...] = ()
    policy: str = SPREAD
    weights: Weights = field(default_factory=Weights)
    headroom: tuple[tuple[str, Headroom], ...] = ()


@dataclass(frozen=True)
class Unfit:
    """A pod does not fit on a node.

    Attributes:
        reason: the reason, in HAMi's words.
    """

    reason: str


Fit = Mapping[str, Shares]
"""The shares of all containers of a pod, by device type."""
Found = list[tuple[Card, Share]]


@dataclass
class _Attempt:
    """The shares chosen so far for a pod on one node."""

    demand: Demand
    traits: Mapping[str, str]
    cards: Mapping[str, list[Card]]
    chosen: dict[str, list[tuple[Share, ...]]] = field(default_factory=dict)

    def add(self, container: int, requests: Sequence[Request]) -> Unfit | None:
        for request in requests:
            device_type = request.vendor.device_type
            lists = self.chosen.setdefault(device_type, [()] * len(self.demand.requests))
            ask = self._ask(request, container, lists)
            found = _fit_request(ask, self.cards.get(device_type, []))
            if isinstance(found, Unfit):
                return found
            lists[container] = tuple(share for _, share in found)
            for card, share in found:
                card.use.add(share)
                if request.vendor.format == DRS and share.part is not None:
                    card.use.shares += share.part.size - 1
        return None

    def _ask(self, request: Request, container: int, lists: list[tuple[Share, ...]]) -> Ask:
        demand, device_type = self.demand, request.vendor.device_type
        headroom = dict(demand.headroom).get(device_type, UNLIMITED)
        before = [share.id for shares in lists for share in shares]

        def is_in_quota(shares: Sequence[Share]) -> bool:
            used = uses((*lists[:container], tuple(shares), *lists[container + 1 :]), demand.init)
            memory = sum(use.memory for use in used.values())
            return headroom.allows(memory, sum(use.cores for use in used.values()))

        return Ask(
            request=request,
            constraints=dict(demand.constraints).get(device_type, Constraints()),
            policy=demand.policy,
            weights=demand.weights,
            traits=self.traits,
            is_in_quota=is_in_quota,
            before=tuple(before),
        )


def fit(
    demand: Demand, cards: Mapping[str, Sequence[Card]], traits: Mapping[str, str] | None = None
) -> Fit | Unfit:
    """Choose a node's devices for a pod.

    Init containers run one after the other before the other containers, so all of them can get the same devices.

    Args:
        demand: the pod's requests and constraints.
        cards: the node's devices, by device type. They are not changed.
        traits: the annotations and labels of the node that decide about devices.

    Returns:
        The pod's shares, or the reason why it does not fit.
    """
    requested = {request.vendor.device_type for requests in demand.requests for request in requests}
    own = {device_type: _of_type(device_type, cards) for device_type in requested}
    attempt = _Attempt(demand, traits or {}, {})
    for container, requests in enumerate(demand.requests):
        if container <= demand.init:
            # A device can be of several types, and is used up for all of them.
            copies = {id(card): card.copy() for each in own.values() for card in each}
            attempt.cards = {
                device_type: [copies[id(card)] for card in each]
                for device_type, each in own.items()
            }
        unfit = attempt.add(container, requests)
        if unfit is not None:
            return unfit
    return {device_type: tuple(lists) for device_type, lists in attempt.chosen.items()}


def _of_type(device_type: str, cards: Mapping[str, Sequence[Card]]) -> list[Card]:
    """Return the devices whose registered type contains the vendor's word, as HAMi does."""
    word = device_type.casefold()
    return [card for each in cards.values() for card in each if word in card.device.type.casefold()]


def _fit_request(ask: Ask, cards: list[Card]) -> Found | Unfit:
    """Return the devices and the shares for a request, or the reason why it does not fit."""
    request = ask.request
    has_parts = any(card.device.mode == MIG for card in cards)
    if request.count > len(cards) and not has_parts:
        return Unfit(reasons.TOO_FEW_DEVICES)
    if ask.constraints.soft and ask.traits.get(request.vendor.soft_node) != "true":
        return Unfit(f"1/{len(cards)} {reasons.MODE_NOT_FIT}")
    if request.vendor.wings:
        return _result(choose_wing(ask, cards), cards)
    if request.vendor.neighbours:
        several = request.count > 1
        return _result((choose_neighbours if several else choose_units)(ask, cards), cards)
    if request.vendor.format == DRS:
        part = part_for(request, cards)
        if part is None:
            return Unfit(f"1/{len(cards)} {reasons.MODE_NOT_FIT}")
        ask = replace(ask, part=part)
    return _result(_fit_cards(ask, cards), cards)


def _result(found: Found | Counter[str], cards: list[Card]) -> Found | Unfit:
    if not isinstance(found, Counter):
        return found
    return Unfit(", ".join(f"{count}/{len(cards)} {reason}" for reason, count in found.items()))


def _fit_cards(ask: Ask, cards: list[Card]) -> Found | Counter[str]:
    """Return the first devices that fit, in the order of the policy, or the numbers of the reasons."""
    request, numa_bind = ask.request, ask.constraints.numa_bind
    chooses = ask.is_topology_aware or request.vendor.per_module
    counted: Counter[str] = Counter()
    found: Found = []
    for card in ordered(cards, ask):
        if numa_bind and found and found[-1][0].device.numa != card.device.numa:
            counted[reasons.NUMA_NOT_FIT] += len(found)
            found = []
        copy = card.copy()
        # A device that is divided into parts may give several of them.
        for _ in range(request.count if card.device.mode == MIG else 1):
            share = ask.share_of(copy)
            reason = obstacle(copy, share, ask, [each for _, each in found])
            placed = place(copy, share) if reason is None else None
            if placed is None:
                counted[reason or reasons.NO_PLACE] += 1
                break
            copy.use.add(placed)
            found.append((card, placed))
            if len(found) == request.count and not chooses:
                return found
    if request.vendor.per_module:
        found = whole_modules(found, ask)
        if len(found) == request.count:
            return found
    elif ask.is_topology_aware and len(found) >= request.count:
        return best_linked(found, request.count)
    if found:
        counted[reasons.TOO_FEW_FIT] = len(found)
    return counted
