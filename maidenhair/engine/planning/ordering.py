"""The order in which units are handed out, and their division into shards."""

from __future__ import annotations

import hashlib
import random
import statistics
from collections.abc import Mapping, Sequence

from maidenhair.config.engine import Shard
from maidenhair.engine.planning.specs import Unit

UNKNOWN_SECONDS = 1.0


def in_order(
    units: Sequence[Unit], order: str, seed: int, durations: Mapping[str, float], jobs: int
) -> list[Unit]:
    """Return the units in the order in which they are handed out.

    What has more priority goes first, and @serial last. Among equals a random order is made from the seed alone; in
    the defined order, several workers take first what is known to take longest.

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
    if jobs > 1:
        arranged.sort(key=lambda unit: unit.serial)
    arranged.sort(key=lambda unit: -unit.priority)
    return sorted(arranged, key=lambda unit: unit.serial) if jobs > 1 else arranged


def expectations(units: Sequence[Unit], durations: Mapping[str, float]) -> dict[Unit, float]:
    """Return how many seconds each unit is expected to take; what is unknown takes as long as the median spec."""
    known = [durations[spec.key] for unit in units for spec in unit.specs if spec.key in durations]
    usual = statistics.median(known) if known else UNKNOWN_SECONDS
    return {unit: sum(durations.get(spec.key, usual) for spec in unit.specs) for unit in units}


def part_of(
    units: Sequence[Unit], shard: Shard, durations: Mapping[str, float]
) -> tuple[list[Unit], str]:
    """Return the units of one shard, and a fingerprint of the whole division.

    Runs whose fingerprints are equal divide the same specs in the same way.
    """
    expected = expectations(units, durations)
    loads = [0.0] * shard.count
    shards: list[list[Unit]] = [[] for _ in loads]
    names = {unit: "\n".join(spec.key for spec in unit.specs) for unit in units}
    for unit in sorted(units, key=lambda unit: (-expected[unit], names[unit])):
        least = loads.index(min(loads))
        loads[least] += expected[unit]
        shards[least].append(unit)
    division = "\f".join("\n".join(names[unit] for unit in part) for part in shards)
    chosen = set(shards[shard.index - 1])
    fingerprint = hashlib.sha256(division.encode()).hexdigest()[:8]
    return [unit for unit in units if unit in chosen], fingerprint
