"""A number for the time left is shown only if it is right within a factor of 1.5, in simulated runs."""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from types import SimpleNamespace
from typing import Any, cast

import pytest

from maidenhair.engine.output.time_left import NARROW, WIDE, TimeLeft
from maidenhair.engine.planning.ordering import in_order
from maidenhair.engine.planning.places import Policy, SpecId
from maidenhair.engine.planning.specs import Planned, Unit

FACTOR = 1.5
PARTS = (1 / 3, 0.5, 0.7, 0.9)
HEAVY = ("exponential", "lognormal", "two kinds", "pareto")
DISTRIBUTIONS: dict[str, Callable[[random.Random], float]] = {
    "equal": lambda source: 5.0,
    "uniform": lambda source: source.uniform(1, 10),
    "exponential": lambda source: source.expovariate(1 / 5),
    "lognormal": lambda source: source.lognormvariate(1, 1),
    "two kinds": lambda source: 30.0 if source.random() < 0.1 else 2.0,
    "pareto": lambda source: source.paretovariate(1.5),
}


def unit_of(number: int, per_feature: int = 1000, **tags: object) -> Unit:
    usual = {"serial": False, "exclusive": frozenset(), "shared": frozenset(), "needs": {}}
    spec = Planned(
        SpecId(number // per_feature, (number,)),
        cast(Any, SimpleNamespace(filename="f", name=str(number))),
        cast(Any, SimpleNamespace(**{**usual, "priority": 0, **tags})),
        Policy(),
    )
    return Unit((spec,))


Estimate = tuple[tuple[float, float] | None, float]


def estimates(
    durations: Sequence[float],
    workers: int,
    history: Mapping[str, float],
    parts: Sequence[float],
    per_feature: int = 1000,
) -> list[Estimate]:
    """Return the least and the most time left by the estimate, and the time left, after these parts of a run."""
    took = {unit_of(number, per_feature): seconds for number, seconds in enumerate(durations)}
    order = in_order(list(took), "defined", 0, history, workers)
    free = [0.0] * workers
    spans = []
    for unit in order:
        begin = heapq.heappop(free)
        spans.append((unit, begin, begin + took[unit]))
        heapq.heappush(free, begin + took[unit])
    found = []
    for part in parts:
        now = max(free) * part
        estimate = TimeLeft(order, history, {})
        for unit, begin, end in sorted(spans, key=lambda span: span[2]):
            if end <= now:
                estimate.end(unit.specs[0], end - begin)
        running = {u.specs[0].id: now - begin for u, begin, end in spans if begin <= now < end}
        found.append((estimate.between(running, workers), max(free) - now))
    return found


def shown(estimate: Estimate) -> bool:
    """Return whether a single number is shown."""
    between, _ = estimate
    return between is not None and between[1] <= between[0] * NARROW


def is_right(estimate: Estimate) -> bool:
    """Return whether a number that is shown is right within the factor."""
    between, left = estimate
    assert between is not None
    return 1 / FACTOR <= math.sqrt(between[0] * between[1]) / left <= FACTOR


@pytest.mark.parametrize(
    ("kind", "slower"),
    [
        *((kind, 1.0) for kind in DISTRIBUTIONS),
        # Of "two kinds", no spec has ended after a third of the run, to say how fast the machine is.
        *((kind, slower) for kind in DISTRIBUTIONS if kind != "two kinds" for slower in (1.4, 0.6)),
    ],
)
@pytest.mark.parametrize(("count", "workers"), [(30, 2), (60, 4), (200, 12)])
def test_with_history_it_is_right_also_on_another_machine(
    kind: str, count: int, workers: int, slower: float
) -> None:
    source = random.Random(7)
    for _ in range(3):
        durations = [DISTRIBUTIONS[kind](source) for _ in range(count)]
        history = {f"f: {number}": seconds / slower for number, seconds in enumerate(durations)}
        found = estimates(durations, workers, history, PARTS)
        # Of "pareto", one spec can take as long as all others, and its noise is that of the whole.
        assert kind == "pareto" or shown(found[1])
        assert all(is_right(each) for each in found if shown(each))


@pytest.mark.parametrize(("count", "workers"), [(20, 2), (50, 4), (200, 8)])
def test_without_history_a_number_that_is_shown_is_right(count: int, workers: int) -> None:
    runs = []
    for kind in HEAVY:
        for seed in range(12):
            source = random.Random(seed)
            durations = [DISTRIBUTIONS[kind](source) for _ in range(count)]
            found = estimates(durations, workers, {}, PARTS)
            runs.append(all(is_right(each) for each in found if shown(each)))
    assert sum(runs) >= 0.95 * len(runs)


def test_without_history_a_range_that_is_shown_mostly_has_the_time_left() -> None:
    ranges = []
    for kind, (count, workers) in product(HEAVY, ((50, 4), (200, 8))):
        for seed in range(100, 110):
            source = random.Random(seed)
            durations = [DISTRIBUTIONS[kind](source) for _ in range(count)]
            for between, left in estimates(durations, workers, {}, PARTS):
                if between is not None and between[1] <= between[0] * WIDE:
                    ranges.append(between[0] <= left <= between[1])
    assert len(ranges) > 20
    assert sum(ranges) >= 0.85 * len(ranges)


@pytest.mark.parametrize("differ", [0.0, 0.7, 1.2])
def test_features_that_have_not_run_may_take_longer_than_others(differ: float) -> None:
    per_feature, right, ranges = 10, [], 0
    for seed in range(20):
        source = random.Random(seed)
        scales = [source.lognormvariate(1, differ) for _ in range(15)]
        durations = [
            scale * source.uniform(0.7, 1.3) for scale in scales for _ in range(per_feature)
        ]
        found = estimates(durations, 4, {}, PARTS, per_feature)
        right.append(all(is_right(each) for each in found if shown(each)))
        ranges += sum(each[0] is not None and each[0][1] <= each[0][0] * WIDE for each in found)
    assert sum(right) >= 0.95 * len(right)
    # Features that take the same time tell that of the rest.
    assert ranges > 40 or differ > 0


@pytest.mark.parametrize(
    ("kind", "count", "workers"), [("equal", 50, 2), ("uniform", 200, 4), ("exponential", 800, 4)]
)
def test_without_history_a_number_is_shown_once_the_durations_tell(
    kind: str, count: int, workers: int
) -> None:
    source = random.Random(11)
    durations = [DISTRIBUTIONS[kind](source) for _ in range(count)]
    (half,) = estimates(durations, workers, {}, (0.5,))
    assert shown(half)


def test_nothing_is_said_before_any_duration_is_known() -> None:
    units = [unit_of(number) for number in range(3)]
    running = {units[0].specs[0].id: 10.0}
    assert TimeLeft(units, {}, {}).describe(running, 3) == ""


def test_nothing_is_said_of_the_rest_of_the_last_spec_if_durations_differ_much() -> None:
    units = [unit_of(number) for number in range(5)]
    left = TimeLeft(units, {}, {})
    for unit, seconds in zip(units, (0.1, 1.0, 10.0, 100.0), strict=False):
        left.end(unit.specs[0], seconds)
    assert left.describe({units[4].specs[0].id: 1.0}, 1) == ""


def test_new_specs_take_as_long_as_other_new_ones() -> None:
    durations = [2.0] * 100 + [10.0] * 100
    history = {f"f: {number}": 2.0 for number in range(100)}
    for each in estimates(durations, 4, history, PARTS):
        assert not shown(each) or is_right(each)


def test_the_longest_unit_is_waited_for() -> None:
    units = [unit_of(number) for number in range(3)]
    history = {"f: 0": 60.0, "f: 1": 1.0, "f: 2": 1.0}
    running = {units[0].specs[0].id: 10.0}

    least, most = TimeLeft(units, history, {}).between(running, 3) or (0.0, 0.0)
    assert 20 < least < 50 < most < 100


@pytest.mark.parametrize(
    ("tags", "seconds"),
    [
        ({}, 5),
        ({"serial": True}, 20),
        ({"exclusive": frozenset(["disk"])}, 20),
        ({"needs": {"cpu": 1.0}}, 10),
        ({"needs": {"cpu": 8.0}}, 20),
    ],
)
def test_what_cannot_run_together_takes_longer(tags: dict[str, object], seconds: float) -> None:
    units = [unit_of(number, **tags) for number in range(4)]
    history = {f"f: {number}": 5.0 for number in range(4)}

    least, most = TimeLeft(units, history, {"cpu": 2.0}).between({}, 4) or (0.0, 0.0)
    assert seconds / 2 < least < seconds * 1.2
    assert seconds * 0.9 < most < seconds * 2


def test_very_many_specs_take_as_long_as_all_of_them() -> None:
    units = [unit_of(number, 10_000) for number in range(5000)]
    left = TimeLeft(units, {}, {})
    for unit in units[:1000]:
        left.end(unit.specs[0], 1.0)
    assert left.describe({}, 4) == "about 16 min 40 s"
