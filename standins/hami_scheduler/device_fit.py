"""Whether what a pod asks for fits in a node's devices, which it gets, and why not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hami_scheduler.constraints import BINPACK, SPREAD, Wishes
from hami_scheduler.protocol import Device, Share, Shares
from hami_scheduler.quotas import UNLIMITED, Room
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
    """How much of a device is in use: shares, MiB, and percents of its compute units."""

    shares: int = 0
    memory: int = 0
    cores: int = 0

    def copy(self) -> Use:
        """Return another that is the same."""
        return Use(self.shares, self.memory, self.cores)

    def add(self, share: Share) -> None:
        """Count a share that is given away."""
        self.shares += 1
        self.memory += share.memory
        self.cores += share.cores

    def highest(self, other: Use) -> None:
        """Raise each number to another's where that is higher."""
        self.shares = max(self.shares, other.shares)
        self.memory = max(self.memory, other.memory)
        self.cores = max(self.cores, other.cores)


@dataclass(slots=True)
class Card:
    """A device of a node, what is in use of it, and whether it is out of use."""

    device: Device
    use: Use
    cordoned: bool = False


@dataclass(frozen=True)
class Question:
    """All that decides what a pod gets on a node, other than the node.

    Attributes:
        requests: what its containers ask for.
        init: how many of them, at the beginning, are init containers.
        wishes: which devices it wants, by the vendor's word.
        policy: how devices are to be filled.
        rooms: what its namespace has left, by the vendor's word; none for no limit.
    """

    requests: Requests
    init: int = 0
    wishes: tuple[tuple[str, Wishes], ...] = ()
    policy: str = SPREAD
    rooms: tuple[tuple[str, Room], ...] = ()


@dataclass(frozen=True)
class Unfit:
    """Why a pod does not fit in a node."""

    reason: str


Fit = Mapping[str, Shares]
"""What a pod gets: for each vendor that it asks, by its word, the shares of all its containers."""


@dataclass
class _Attempt:
    """What has been found so far for a pod on one node."""

    question: Question
    cards: Mapping[str, list[Card]]
    got: dict[str, list[tuple[Share, ...]]] = field(default_factory=dict)

    def give(self, container: int, requests: Sequence[Request]) -> Unfit | None:
        for request in requests:
            word = request.vendor.word
            lists = self.got.setdefault(word, [()] * len(self.question.requests))
            found = _fit_request(request, self.cards.get(word, []), self)
            if isinstance(found, Unfit):
                return found
            chosen, shares = found
            lists[container] = shares
            for card, share in zip(chosen, shares, strict=True):
                card.use.add(share)
        return None

    def taken(self, word: str) -> tuple[int, int]:
        """Return the memory and the cores that the pod has been given already."""
        shares = [share for container in self.got.get(word, ()) for share in container]
        return sum(share.memory for share in shares), sum(share.cores for share in shares)


def fit(question: Question, cards: Mapping[str, Sequence[Card]]) -> Fit | Unfit:
    """Return what a pod gets of a node's devices, or why it does not fit.

    Init containers run before the others, one by one, so that all of them can have the same devices.

    Args:
        question: what is asked.
        cards: the node's devices, by the vendor's word; they stay as they are.
    """
    wanted = {request.vendor.word for requests in question.requests for request in requests}
    own = {word: cards[word] for word in wanted if word in cards}
    attempt = _Attempt(question, {})
    for container, requests in enumerate(question.requests):
        if container <= question.init:
            attempt.cards = {word: _copies(each) for word, each in own.items()}
        unfit = attempt.give(container, requests)
        if unfit is not None:
            return unfit
    return {word: tuple(lists) for word, lists in attempt.got.items()}


def uses(shares: Shares, init: int) -> dict[str, Use]:
    """Return how much a pod has of each device at most at any time, by the device's id.

    Args:
        shares: what its containers have.
        init: how many of them, at the beginning, are init containers.
    """
    total: dict[str, Use] = {}
    for container in shares[init:]:
        _count(container, total)
    for container in shares[:init]:
        alone: dict[str, Use] = {}
        _count(container, alone)
        for id, use in alone.items():
            total.setdefault(id, Use()).highest(use)
    return total


def _count(container: Sequence[Share], into: dict[str, Use]) -> None:
    for share in container:
        into.setdefault(share.id, Use()).add(share)


def _copies(cards: Sequence[Card]) -> list[Card]:
    return [Card(card.device, card.use.copy(), card.cordoned) for card in cards]


def _fit_request(
    request: Request, cards: list[Card], attempt: _Attempt
) -> tuple[list[Card], tuple[Share, ...]] | Unfit:
    """Return the devices that a request gets and the shares of them, or why it gets none."""
    if request.count > len(cards):
        return Unfit(TOO_FEW_DEVICES)
    question, word = attempt.question, request.vendor.word
    wishes = dict(question.wishes).get(word, Wishes())
    room = dict(question.rooms).get(word, UNLIMITED)
    memory_taken, cores_taken = attempt.taken(word)
    reasons: Counter[str] = Counter()
    chosen: list[Card] = []
    shares: list[Share] = []
    for card in _ordered(cards, request, question.policy, wishes.numa_bind):
        if wishes.numa_bind and chosen and chosen[-1].device.numa != card.device.numa:
            reasons[NUMA_NOT_FIT] += len(chosen)
            chosen, shares = [], []
        share = Share(
            card.device.id,
            word,
            request.memory_of(card.device.memory),
            request.cores_of(card.device.cores),
        )
        memory = memory_taken + share.memory + sum(each.memory for each in shares)
        cores = cores_taken + share.cores + sum(each.cores for each in shares)
        reason = _obstacle(card, share, request, wishes, room.has(memory, cores))
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
    """Return the devices, the one to try first first: the fullest or the emptiest."""
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
    card: Card, share: Share, request: Request, wishes: Wishes, is_in_quota: bool
) -> str | None:
    """Return why a device cannot be shared with a container, None where it can; HAMi's order of reasons."""
    device, use = card.device, card.use
    if not device.healthy:
        return NOT_HEALTHY
    if card.cordoned:
        return CORDONED
    if not wishes.takes_type(device):
        return TYPE_MISMATCH
    if not wishes.takes_id(device):
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
