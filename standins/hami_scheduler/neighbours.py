"""Devices that are chosen by their place among the devices of a node."""

from __future__ import annotations

from collections import Counter

from hami_scheduler import reasons
from hami_scheduler.obstacles import Ask
from hami_scheduler.protocol import Share
from hami_scheduler.uses import Card

HALF = 4
INSTANCE_TYPE = "node.kubernetes.io/instance-type"
Found = list[tuple[Card, Share]]


def choose_wing(ask: Ask, cards: list[Card]) -> Found | Counter[str]:
    """Return devices of one half of the node's devices, or the numbers of the reasons.

    Args:
        ask: the request.
        cards: the node's devices of the vendor.
    """
    request = ask.request
    listed = sorted(cards, key=lambda card: card.device.index)
    mismatches = [card for card in listed if not ask.constraints.allow_id(card.device)]
    free = [card for card in listed if card not in mismatches and _has_room(card, ask)]
    halves = [[card for card in free if card in half] for half in (listed[:HALF], listed[HALF:])]
    chosen: list[Card] = []
    if request.count in request.vendor.counts:
        # The half with the fewest devices that fit comes first, so that larger requests find room.
        fitting = sorted((half for half in halves if len(half) >= request.count), key=len)
        chosen = fitting[0] if fitting else free if request.count == len(free) == 2 * HALF else []
    if chosen:
        return [(card, _share_of_wing(card, ask)) for card in chosen[: request.count]]
    used = [card for card in listed if card.use.shares and _has_memory(card, ask)]
    if ask.is_mutex and used and request.vendor.equal_shares:
        return Counter({reasons.NOT_ALONE: len(used)})
    if mismatches:
        return Counter({reasons.ID_MISMATCH: len(mismatches)})
    return Counter({reasons.NUMA_NOT_FIT: 1})


def choose_neighbours(ask: Ask, cards: list[Card]) -> Found | Counter[str]:
    """Return unused devices next to each other, or the numbers of the reasons.

    Args:
        ask: the request, for several devices.
        cards: the node's devices of the vendor.
    """
    listed = sorted(cards, key=lambda card: card.device.index)
    count = ask.request.count
    on_inferentia = "inf" in ask.traits.get(INSTANCE_TYPE, "").lower()
    steps = 1 if on_inferentia else count if count in (4, 8, 16) else 0
    for start in range(0, len(listed), steps) if steps else ():
        run = listed[start : start + count]
        if len(run) == count and all(not each.use.shares and each.device.healthy for each in run):
            return [(card, _whole(card)) for card in run]
    return Counter({reasons.NUMA_NOT_FIT: 1})


def whole_modules(found: Found, ask: Ask) -> Found:
    """Return the devices of whole modules, as many as are requested, or fewer.

    Args:
        found: the devices that fit.
        ask: the request.
    """
    size = ask.request.vendor.per_module
    modules: dict[int, Found] = {}
    for card, share in sorted(found, key=lambda each: each[0].device.index):
        modules.setdefault(card.device.index // size, []).append((card, share))
    whole = [each for module in modules.values() if len(module) == size for each in module]
    return whole[: ask.request.count]


def choose_units(ask: Ask, cards: list[Card]) -> Found | Counter[str]:
    """Return compute units of one device as a mask, or the numbers of the reasons.

    Args:
        ask: the request, for one device.
        cards: the node's devices of the vendor.
    """
    counted: Counter[str] = Counter()
    for card in sorted(cards, key=lambda card: (card.use.shares, card.device.index)):
        free = card.device.cores & ~card.use.cores
        if not ask.constraints.allow_id(card.device):
            counted[reasons.ID_MISMATCH] += 1
        elif card.use.shares >= card.device.count:
            counted[reasons.SHARES_EXHAUSTED] += 1
        elif ask.is_mutex and card.use.shares:
            counted[reasons.NOT_ALONE] += 1
        elif free.bit_count() < ask.request.cores:
            counted[reasons.INSUFFICIENT_CORE] += 1
        else:
            return [(card, _units(card, _lowest(free, ask.request.cores)))]
    return counted


def _lowest(mask: int, count: int) -> int:
    """Return the lowest bits of a mask, as many as `count`."""
    bits = [bit for bit in range(mask.bit_length()) if mask >> bit & 1]
    return sum(1 << bit for bit in bits[:count])


def _has_room(card: Card, ask: Ask) -> bool:
    if not card.device.healthy:
        return False
    if ask.request.vendor.is_alone or ask.is_mutex:
        return not card.use.shares
    return _has_memory(card, ask)


def _has_memory(card: Card, ask: Ask) -> bool:
    memory, use = ask.request.memory_of(card.device.memory), card.use
    if memory + use.memory > card.device.memory:
        return False
    return not use.shares or use.memory // use.shares == memory


def _share_of_wing(card: Card, ask: Ask) -> Share:
    return _whole(card) if ask.request.vendor.is_alone else ask.share_of(card)


def _whole(card: Card) -> Share:
    device = card.device
    return Share(device.id, device.type, device.memory, device.cores, device.index)


def _units(card: Card, mask: int) -> Share:
    return Share(card.device.id, card.device.type, 0, mask, card.device.index)
