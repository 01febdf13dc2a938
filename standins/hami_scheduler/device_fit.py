"""Choose a node's devices for a pod, or give the reason why the pod does not fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hami_scheduler.constraints import BINPACK, SPREAD, Constraints
from hami_scheduler.protocol import Device, Share, Shares
from hami_scheduler.quotas import UNLIMITED, Headroom
from hami_scheduler.requests import Request, Requests

TYPE_MISMATCH = "CardTypeMismatch"
ID_MISMATCH = "CardUuidMismatch"
SHARES_EXHAUSTED = "CardTimeSlicingExhausted"
UNITS_EXHAUSTED = "CardComputeUnitsExhausted"
INSUFFICIENT_MEMORY = "CardInsufficientMemory"
INSUFFICIENT_CORE = "CardInsufficientCore"
NOT_HEALTHY = "CardNotHealth"
CORDONED = "CardCordoned"
TOO_FEW_FIT = "AllocatedCardsInsufficientRequest"
NUMA_NOT_FIT = "NumaNotFit"
NOT_ALONE = "ExclusiveDeviceAllocateConflict"
QUOTA_NOT_FIT = "ResourceQuotaNotFit"
TOO_FEW_DEVICES = "NodeInsufficientDevice"
ALL = 100


@dataclass(slots=True)
class Use:
    """The used part of a device.

    Attributes:
        shares: the number of shares.
        memory: the memory, in MiB.
        cores: the compute units, in percent of the device.
    """

    shares: int = 0
    memory: int = 0
    cores: int = 0

    def copy(self) -> Use:
        """Return a copy."""
        return Use(self.shares, self.memory, self.cores)

    def add(self, share: Share) -> None:
        """Add a share."""
        self.shares += 1
        self.memory += share.memory
        self.cores += share.cores

    def raise_to(self, other: Use) -> None:
        """Set each number to the larger one of both uses."""
        self.shares = max(self.shares, other.shares)
        self.memory = max(self.memory, other.memory)
        self.cores = max(self.cores, other.cores)


@dataclass(slots=True)
class Card:
    """A device of a node.

    Attributes:
        device: the device.
        use: its used part.
        cordoned: whether no pod may get it.
    """

    device: Device
    use: Use
    cordoned: bool = False


@dataclass(frozen=True)
class Demand:
    """Everything about a pod that decides which devices it gets on a node.

    Attributes:
        requests: the requests of its containers.
        init: the number of init containers, which come first in `requests`.
        constraints: the constraints on devices, by device type.
        policy: the policy for devices.
        headroom: the unused quota of its namespace, by device type; without types that have no limit.
    """

    requests: Requests
    init: int = 0
    constraints: tuple[tuple[str, Constraints], ...] = ()
    policy: str = SPREAD
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


@dataclass
class _Attempt:
    """The shares chosen so far for a pod on one node."""

    demand: Demand
    cards: Mapping[str, list[Card]]
    chosen: dict[str, list[tuple[Share, ...]]] = field(default_factory=dict)

    def add(self, container: int, requests: Sequence[Request]) -> Unfit | None:
        for request in requests:
            device_type = request.vendor.device_type
            lists = self.chosen.setdefault(device_type, [()] * len(self.demand.requests))
            found = _fit_request(request, self.cards.get(device_type, []), self)
            if isinstance(found, Unfit):
                return found
            chosen, shares = found
            lists[container] = shares
            for card, share in zip(chosen, shares, strict=True):
                card.use.add(share)
        return None

    def totals(self, device_type: str) -> tuple[int, int]:
        """Return the memory and the cores of the shares chosen so far."""
        shares = [share for container in self.chosen.get(device_type, ()) for share in container]
        return sum(share.memory for share in shares), sum(share.cores for share in shares)


def fit(demand: Demand, cards: Mapping[str, Sequence[Card]]) -> Fit | Unfit:
    """Choose a node's devices for a pod.

    Init containers run one after the other before the other containers, so all of them can get the same devices.

    Args:
        demand: the pod's requests and constraints.
        cards: the node's devices, by device type. They are not changed.

    Returns:
        The pod's shares, or the reason why it does not fit.
    """
    requested = {request.vendor.device_type for requests in demand.requests for request in requests}
    own = {device_type: cards[device_type] for device_type in requested if device_type in cards}
    attempt = _Attempt(demand, {})
    for container, requests in enumerate(demand.requests):
        if container <= demand.init:
            attempt.cards = {device_type: _copies(each) for device_type, each in own.items()}
        unfit = attempt.add(container, requests)
        if unfit is not None:
            return unfit
    return {device_type: tuple(lists) for device_type, lists in attempt.chosen.items()}


def uses(shares: Shares, init: int) -> dict[str, Use]:
    """Return the part of each device that a pod uses at most at any time, by the device's id.

    Args:
        shares: the shares of the pod's containers.
        init: the number of init containers, which come first in `shares`.
    """
    total: dict[str, Use] = {}
    for container in shares[init:]:
        _count(container, total)
    for container in shares[:init]:
        alone: dict[str, Use] = {}
        _count(container, alone)
        for id, use in alone.items():
            total.setdefault(id, Use()).raise_to(use)
    return total


def _count(container: Sequence[Share], into: dict[str, Use]) -> None:
    for share in container:
        into.setdefault(share.id, Use()).add(share)


def _copies(cards: Sequence[Card]) -> list[Card]:
    return [Card(card.device, card.use.copy(), card.cordoned) for card in cards]


def _fit_request(
    request: Request, cards: list[Card], attempt: _Attempt
) -> tuple[list[Card], tuple[Share, ...]] | Unfit:
    """Return the devices and the shares for a request, or the reason why it does not fit."""
    if request.count > len(cards):
        return Unfit(TOO_FEW_DEVICES)
    demand, device_type = attempt.demand, request.vendor.device_type
    constraints = dict(demand.constraints).get(device_type, Constraints())
    headroom = dict(demand.headroom).get(device_type, UNLIMITED)
    memory_before, cores_before = attempt.totals(device_type)
    reasons: Counter[str] = Counter()
    chosen: list[Card] = []
    shares: list[Share] = []
    for card in _ordered(cards, request, demand.policy, constraints.numa_bind):
        if constraints.numa_bind and chosen and chosen[-1].device.numa != card.device.numa:
            reasons[NUMA_NOT_FIT] += len(chosen)
            chosen, shares = [], []
        share = Share(
            card.device.id,
            device_type,
            request.memory_of(card.device.memory),
            request.cores_of(card.device.cores),
        )
        memory = memory_before + share.memory + sum(each.memory for each in shares)
        cores = cores_before + share.cores + sum(each.cores for each in shares)
        reason = _obstacle(card, share, request, constraints, headroom.allows(memory, cores))
        if reason is not None:
            reasons[reason] += 1
            continue
        chosen.append(card)
        shares.append(share)
        if len(chosen) == request.count:
            return chosen, tuple(shares)
    if chosen:
        reasons[TOO_FEW_FIT] = len(chosen)
    return Unfit(", ".join(f"{count}/{len(cards)} {reason}" for reason, count in reasons.items()))


def _ordered(cards: list[Card], request: Request, policy: str, numa_bind: bool) -> list[Card]:
    """Return the devices in the order of the policy: the fullest first, or the emptiest first."""
    sign = -1 if policy == BINPACK else 1

    def rank(card: Card) -> tuple[int, float, int]:
        device, use = card.device, card.use
        memory = use.memory + request.memory_of(device.memory)
        cores = use.cores + request.cores_of(device.cores)
        score = (
            (use.shares + request.count) / (device.count or 1)
            + cores / (device.cores or 1)
            + memory / (device.memory or 1)
        )
        return (-sign * device.numa if numa_bind else 0, sign * score, device.index)

    return sorted(cards, key=rank)


def _obstacle(
    card: Card, share: Share, request: Request, constraints: Constraints, is_in_quota: bool
) -> str | None:
    """Return why a container cannot get a share of a device; None if it can. The order is HAMi's."""
    device, use = card.device, card.use
    if not device.healthy:
        return NOT_HEALTHY
    if card.cordoned:
        return CORDONED
    if not constraints.allow_type(device):
        return TYPE_MISMATCH
    if not constraints.allow_id(device):
        return ID_MISMATCH
    if use.shares >= device.count:
        return SHARES_EXHAUSTED
    if not is_in_quota:
        return QUOTA_NOT_FIT
    if request.vendor.equal_shares and use.shares and use.memory != share.memory * use.shares:
        return NUMA_NOT_FIT
    if request.vendor.shares_memory and device.memory - use.memory < share.memory:
        return INSUFFICIENT_MEMORY
    if device.cores - use.cores < share.cores:
        return INSUFFICIENT_CORE
    if device.cores == ALL and share.cores == ALL and use.shares:
        return NOT_ALONE
    if device.cores and use.cores >= device.cores and not share.cores:
        return UNITS_EXHAUSTED
    return None
