"""The choice among devices by the links between them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

from hami_scheduler.protocol import Share
from hami_scheduler.uses import Card

Found = list[tuple[Card, Share]]


def best_linked(fitting: Found, count: int) -> Found:
    """Return the devices with the best links to each other; for one device, that with the worst links to the others.

    Args:
        fitting: the devices that fit, in the order of the policy, at least `count`.
        count: the number of devices.
    """
    scores = dict(fitting[0][0].device.scores)

    def link(first: str, second: str) -> int:
        return scores.get(frozenset((first, second)), 0)

    def score(found: Iterable[tuple[Card, Share]]) -> int:
        ids = [card.device.id for card, _ in found]
        return sum(link(*pair) for pair in combinations(ids, 2))

    if count > 1:
        return list(max(combinations(fitting, count), key=score))
    others = [card.device.id for card, _ in fitting]
    return [min(fitting, key=lambda each: sum(link(each[0].device.id, other) for other in others))]
