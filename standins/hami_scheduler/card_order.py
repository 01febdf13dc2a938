"""The order in which devices of a node are tried, by the policy of the pod."""

from __future__ import annotations

from hami_scheduler.constraints import BINPACK, MUTEX, NUMA, SPREAD
from hami_scheduler.obstacles import Ask
from hami_scheduler.uses import Card

Rank = tuple[float, ...]


def ordered(cards: list[Card], ask: Ask) -> list[Card]:
    """Return the devices in the order in which a pod's policy tries them.

    "binpack" begins with the fullest, "spread" with the emptiest. NUMA nodes decide only between equal scores, unless
    the policy names them before, or all devices of a container must be on one.
    """
    return sorted(cards, key=lambda card: (*_rank(card, ask), card.device.index))


def _rank(card: Card, ask: Ask) -> Rank:
    policy, numa, score = ask.policy.strip(), card.device.numa, _score(card, ask)
    if "," in policy or policy == NUMA:
        keys = {BINPACK: -score, SPREAD: score, NUMA: float(-numa)}
        return tuple(keys[name] for name in _chain(policy, ask.constraints.numa_bind))
    if policy == MUTEX:
        return (card.use.shares, -numa)
    if ask.constraints.numa_bind:
        return (numa, -score) if policy == BINPACK else (-numa, score)
    return (-score if policy == BINPACK else score, -numa)


def _chain(policy: str, numa_bind: bool) -> list[str]:
    """Return the policies of a list that order devices, each once; "spread" if there are none."""
    named = [
        name for part in policy.split(",") if (name := part.strip()) in (BINPACK, SPREAD, NUMA)
    ]
    chain = list(dict.fromkeys(named)) or [SPREAD]
    if numa_bind and chain[0] != NUMA:
        chain = [NUMA, *(name for name in chain if name != NUMA)]
    return chain


def _score(card: Card, ask: Ask) -> float:
    """Return how full a device is, with HAMi's formula."""
    device, use, request, weights = card.device, card.use, ask.request, ask.weights
    if not (device.count and device.cores and device.memory):
        return 0.0
    # The request counts only if the registered type is the vendor's word alone.
    is_named = device.type == request.vendor.device_type
    memory = request.memory_of(device.memory) if is_named else 0
    return (
        weights.slot * (use.shares + is_named) / device.count
        + weights.core * (use.cores + is_named * request.cores) / device.cores
        + weights.memory * (use.memory + memory) / device.memory
    )
