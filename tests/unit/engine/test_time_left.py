"""The estimate of the time left is right within a factor of 1.5 from a third of a run on, in simulated runs."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from maidenhair.engine.output.time_left import TimeLeft
from maidenhair.engine.planning.ordering import in_order
from maidenhair.engine.planning.places import Policy, SpecId
from maidenhair.engine.planning.specs import Planned, Unit

FACTOR = 1.5
DISTRIBUTIONS: dict[str, Callable[[random.Random], float]] = {
    "equal": lambda source: 5.0,
    "uniform": lambda source: source.uniform(1, 10),
    "exponential": lambda source: source.expovariate(1 / 5),
    "lognormal": lambda source: source.lognormvariate(1, 1),
    "two kinds": lambda source: 30.0 if source.random() < 0.1 else 2.0,
}


def unit_of(number: int, **tags: object) -> Unit:
    usual = {"serial": False, "exclusive": frozenset(), "shared": frozenset(), "needs": {}}
    spec = Planned(
        SpecId(0, (number,)),
        cast(Any, SimpleNamespace(filename="f", name=str(number))),
        cast(Any, SimpleNamespace(**{**usual, "priority": 0, **tags})),
        Policy(),
    )
    return Unit((spec,))


def ratios(
    durations: Sequence[float], workers: int, history: Mapping[str, float], parts: Sequence[float]
) -> list[float]:
    """Return the estimate of the time left, divided by the time left, after these parts of a run."""
    took = {unit_of(number): seconds for number, seconds in enumerate(durations)}
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
        found.append(estimate.seconds(running, workers) / (max(free) - now))
    return found


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
    for _ in range(5):
        durations = [DISTRIBUTIONS[kind](source) for _ in range(count)]
        history = {f"f: {number}": seconds / slower for number, seconds in enumerate(durations)}
        for ratio in ratios(durations, workers, history, (1 / 3, 0.5, 0.75, 0.9)):
            assert 1 / FACTOR <= ratio <= FACTOR


@pytest.mark.parametrize("kind", ["equal", "uniform", "exponential"])
@pytest.mark.parametrize(("count", "workers"), [(200, 4), (300, 6)])
def test_without_history_it_is_right_for_many_specs(kind: str, count: int, workers: int) -> None:
    source = random.Random(11)
    for _ in range(5):
        durations = [DISTRIBUTIONS[kind](source) for _ in range(count)]
        for ratio in ratios(durations, workers, {}, (1 / 3, 0.5, 2 / 3)):
            assert 1 / FACTOR <= ratio <= FACTOR


def test_new_specs_take_as_long_as_other_new_ones() -> None:
    durations = [2.0] * 100 + [10.0] * 100
    history = {f"f: {number}": 2.0 for number in range(100)}
    for ratio in ratios(durations, 4, history, (1 / 3, 0.5, 0.75, 0.9)):
        assert 1 / FACTOR <= ratio <= FACTOR


def test_the_longest_unit_is_waited_for() -> None:
    units = [unit_of(number) for number in range(3)]
    history = {"f: 0": 60.0, "f: 1": 1.0, "f: 2": 1.0}
    running = {units[0].specs[0].id: 10.0}

    assert TimeLeft(units, history, {}).seconds(running, 3) == pytest.approx(50)


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

    assert TimeLeft(units, history, {"cpu": 2.0}).seconds({}, 4) == pytest.approx(seconds)
