"""The division of plans into shards."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from maidenhair.config.engine import Shard
from maidenhair.engine.planning.ordering import part_of
from maidenhair.engine.planning.places import Policy, SpecId
from maidenhair.engine.planning.specs import Planned, Unit
from maidenhair.engine.planning.tags import Tags

NAMES = st.sampled_from(["a", "b", "c", "d"])
# Several specs of a plan may have the same name. A list is an ordered unit.
PLANS = st.lists(st.lists(NAMES, min_size=1, max_size=4), max_size=30)
DURATIONS = st.dictionaries(NAMES.map(lambda name: f"f: {name}"), st.floats(0, 1000))


def units_of(plan: list[list[str]]) -> list[Unit]:
    found = []
    for number, group in enumerate(plan):
        specs = [planned(SpecId(number, (index,)), name) for index, name in enumerate(group)]
        found.append(Unit(tuple(specs), ordered=len(specs) > 1))
    return found


def planned(place: SpecId, name: str) -> Planned:
    scenario: Any = SimpleNamespace(name=name, filename="f")
    return Planned(place, scenario, Tags(), Policy())


@settings(deadline=None)
@given(PLANS, DURATIONS, st.integers(1, 8))
def test_the_shards_of_a_plan_are_the_plan(
    plan: list[list[str]], durations: dict[str, float], count: int
) -> None:
    # Each shard plans anew, as on a machine of its own.
    shards = [part_of(units_of(plan), Shard(n, count), durations) for n in range(1, count + 1)]
    places = [[spec.id for unit in shard for spec in unit.specs] for shard in shards]
    whole = [spec.id for unit in units_of(plan) for spec in unit.specs]

    assert sorted((place.feature, place.path) for part in places for place in part) == [
        (place.feature, place.path) for place in whole
    ]
    # Units stay whole and in the order of the plan.
    assert [part for part in places if part != [place for place in whole if place in part]] == []
    where = {place.feature: number for number, part in enumerate(places) for place in part}
    assert all(where[place.feature] == n for n, part in enumerate(places) for place in part)


@settings(deadline=None)
@given(st.integers(0, 40), st.integers(1, 8))
def test_without_durations_shards_differ_by_at_most_one_spec(specs: int, count: int) -> None:
    plan = units_of([["a"]] * specs)
    sizes = [len(part_of(plan, Shard(n, count), {})) for n in range(1, count + 1)]

    assert max(sizes) - min(sizes) <= 1


@settings(deadline=None)
@given(st.lists(st.floats(0.1, 100), min_size=1, max_size=30), st.integers(1, 8))
def test_no_shard_takes_much_longer_than_it_must(seconds: list[float], count: int) -> None:
    plan = units_of([[str(number)] for number in range(len(seconds))])
    durations = {f"f: {number}": each for number, each in enumerate(seconds)}
    shards = [part_of(plan, Shard(n, count), durations) for n in range(1, count + 1)]
    loads = [sum(durations[spec.key] for unit in part for spec in unit.specs) for part in shards]

    # Graham's bound for the longest first.
    best = max(sum(seconds) / count, max(seconds))
    assert max(loads) <= (sum(seconds) / count + max(seconds)) + 1e-6
    assert max(loads) >= best - 1e-6
