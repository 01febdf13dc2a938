"""The order in which units are handed out, and their division into shards."""

from __future__ import annotations

import random
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence

from maidenhair.config.engine import Shard
from maidenhair.engine.planning.specs import Unit

UNKNOWN_SECONDS = 1.0


def in_order(
    units: Sequence[Unit], order: str, seed: int, durations: Mapping[str, float], jobs: int
) -> list[Unit]:
    """Return the units in the order in which they are handed out.

    What has more priority goes first, and @serial last. Among equals a random order is made from the seed alone. In
    the defined order, several workers take first what is known to take longest. What locks others out is spread over
    the run, lock by lock, so that there are always others that do not want the lock.

    Args:
        units: the units as defined.
        order: "defined", "random" or "random-features".
        seed: what a random order is made from.
        durations: seconds that specs took earlier, by key.
        jobs: how many workers there are.
    """
    arranged = list(units)
    if order == "random":
        random.Random(seed).shuffle(arranged)
    elif order == "random-features":
        numbers = sorted({unit.specs[0].id.feature for unit in units})
        random.Random(seed).shuffle(numbers)
        place = {number: index for index, number in enumerate(numbers)}
        arranged.sort(key=lambda unit: place[unit.specs[0].id.feature])
    elif jobs > 1:
        expected = expectations(units, durations)
        # Rounded, so that specs that take alike stay with their features.
        arranged.sort(key=lambda unit: -round(expected[unit], 1))
        arranged = _spread_locks(arranged, expected)
    if jobs > 1:
        arranged.sort(key=lambda unit: unit.serial)
    arranged.sort(key=lambda unit: -unit.priority)
    return sorted(arranged, key=lambda unit: unit.serial) if jobs > 1 else arranged


def _spread_locks(units: Sequence[Unit], expected: Mapping[Unit, float]) -> list[Unit]:
    """Return units in an order that spreads those which hold alone what others share, lock by lock.

    The units that hold the first of two locks alone come first, those of the second when a fourth of the others have
    run: all are spread over the first half, because later only units that share a lock may be left. A lock that more
    units share comes earlier.

    Args:
        units: the units in their order so far.
        expected: the seconds that each is expected to take.
    """
    sharing = Counter(name for unit in units for name in unit.shared)
    groups: dict[str, list[Unit]] = {
        name: [] for name in sorted(sharing, key=lambda name: (-sharing[name], name))
    }
    others = []
    for unit in units:
        held = unit.exclusive & sharing.keys()
        if held:
            groups[max(held, key=lambda name: (sharing[name], name))].append(unit)
        else:
            others.append(unit)
    alone = [group for group in groups.values() if group]
    whole = sum(expected[unit] for unit in others)
    arranged: list[Unit] = []
    begun, passed = 0, 0.0
    for unit in others:
        while begun < len(alone) and passed >= whole / 2 * begun / len(alone):
            arranged += alone[begun]
            begun += 1
        arranged.append(unit)
        passed += expected[unit]
    return [*arranged, *(unit for group in alone[begun:] for unit in group)]


def expectations(units: Sequence[Unit], durations: Mapping[str, float]) -> dict[Unit, float]:
    """Return how many seconds each unit is expected to take; what is unknown takes as long as the median spec."""
    known = [durations[spec.key] for unit in units for spec in unit.specs if spec.key in durations]
    usual = statistics.median(known) if known else UNKNOWN_SECONDS
    return {unit: sum(durations.get(spec.key, usual) for spec in unit.specs) for unit in units}


def part_of(units: Sequence[Unit], shard: Shard, durations: Mapping[str, float]) -> list[Unit]:
    """Return the units of one shard.

    The longest unit goes first to the shard with the least to do. The result depends on the arguments alone, so that
    all machines divide a plan in the same way.

    Args:
        units: the units of the whole plan.
        shard: the shard.
        durations: seconds that specs take, by key. Empty: each spec counts the same.
    """
    expected = expectations(units, durations)
    loads = [0.0] * shard.count
    chosen: set[Unit] = set()
    for unit in sorted(units, key=lambda unit: (-expected[unit], _names(unit))):
        least = loads.index(min(loads))
        loads[least] += expected[unit]
        if least == shard.index - 1:
            chosen.add(unit)
    return [unit for unit in units if unit in chosen]


def _names(unit: Unit) -> tuple[tuple[str, int, tuple[int, ...]], ...]:
    """Return what orders units that take the same time, also if scenarios have the same name."""
    return tuple((spec.key, spec.id.feature, spec.id.path) for spec in unit.specs)
