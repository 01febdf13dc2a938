"""The order of specs, seeds and shards."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from maidenhair.config.engine import Shard
from maidenhair.engine.planning.durations import expected_seconds, read_durations
from maidenhair.engine.planning.history import load_history
from maidenhair.engine.planning.ordering import in_order, part_of
from maidenhair.engine.planning.places import Policy, SpecId
from maidenhair.engine.planning.specs import Planned, Unit
from maidenhair.engine.planning.tags import Tags

from .conftest import Ended, Suite


def units(count: int, per_feature: int = 3, **tags: Tags) -> list[Unit]:
    made = []
    for number in range(count):
        name = f"s{number}"
        scenario = SimpleNamespace(name=name, filename="f")
        spec_id = SpecId(number // per_feature, (number % per_feature,))
        spec = Planned(spec_id, scenario, tags.get(name, Tags()), Policy())
        made.append(Unit((spec,)))
    return made


def names(arranged: list[Unit]) -> list[str]:
    return [unit.specs[0].scenario.name for unit in arranged]


@pytest.mark.parametrize("order", ["random", "random-features"])
def test_the_same_seed_gives_the_same_order_at_any_number_of_jobs(order: str) -> None:
    def orders(seed: int) -> set[tuple[str, ...]]:
        known = {"f: s3": 9.0}
        return {
            tuple(names(in_order(units(12), order, seed, durations, jobs)))
            for jobs in (1, 2, 16)
            for durations in ({}, known)
        }

    assert len(orders(1)) == 1
    assert orders(1) != orders(2)
    assert sorted(orders(1).pop()) == sorted(names(units(12)))


def test_features_that_are_shuffled_stay_together_and_in_order() -> None:
    arranged = in_order(units(12), "random-features", 5, {}, 2)
    places = [unit.specs[0].id for unit in arranged]
    assert len({place.feature for place in places[:3]}) == 1
    assert [place.path for place in places] == [(0,), (1,), (2,)] * 4


def test_what_takes_longest_goes_first_with_several_workers_only() -> None:
    durations = {"f: s2": 9.0, "f: s1": 5.0, "f: s0": 1.0}
    assert names(in_order(units(3), "defined", 0, durations, 1)) == ["s0", "s1", "s2"]
    assert names(in_order(units(3), "defined", 0, durations, 2)) == ["s2", "s1", "s0"]
    # What is unknown counts as the median.
    assert names(in_order(units(4), "defined", 0, durations, 2)) == ["s2", "s1", "s3", "s0"]


def test_what_locks_others_out_goes_first_with_several_workers_only() -> None:
    tags = {"s1": Tags(exclusive=frozenset({"db"})), "s2": Tags(shared=frozenset({"db"}))}
    arranged = units(4, **tags)
    durations = {"f: s3": 9.0, "f: s2": 5.0, "f: s1": 1.0, "f: s0": 3.0}

    assert names(in_order(arranged, "defined", 0, durations, 1)) == ["s0", "s1", "s2", "s3"]
    assert names(in_order(arranged, "defined", 0, durations, 2)) == ["s1", "s3", "s2", "s0"]


def test_what_holds_different_locks_alone_is_spread_over_the_run() -> None:
    lock = frozenset
    tags = {
        "s0": Tags(exclusive=lock({"bus"})),
        "s1": Tags(exclusive=lock({"db"})),
        "s2": Tags(exclusive=lock({"db", "unshared"})),
        "s3": Tags(shared=lock({"bus", "db"})),
        "s4": Tags(shared=lock({"db"})),
        "s6": Tags(exclusive=lock({"unshared"})),
    }
    durations = {f"f: s{number}": 1.0 for number in range(7)}

    arranged = in_order(units(7, **tags), "defined", 0, durations, 2)

    assert names(arranged) == ["s1", "s2", "s3", "s0", "s4", "s5", "s6"]


def test_what_locks_others_out_runs_even_if_nothing_else_does() -> None:
    tags = {
        "s0": Tags(exclusive=frozenset({"db"}), shared=frozenset({"bus"})),
        "s1": Tags(exclusive=frozenset({"bus"}), shared=frozenset({"db"})),
    }

    assert sorted(names(in_order(units(2, **tags), "defined", 0, {}, 2))) == ["s0", "s1"]


def test_priority_goes_before_and_serial_last() -> None:
    tags = {"s0": Tags(serial=True, priority=9), "s3": Tags(priority=1)}
    arranged = in_order(units(4, **tags), "defined", 0, {"f: s2": 9.0, "f: s1": 1.0}, 2)
    assert names(arranged) == ["s3", "s2", "s1", "s0"]


def test_shards_are_balanced() -> None:
    made = units(6)
    durations = {"f: s0": 9.0, "f: s1": 3.0, "f: s2": 3.0, "f: s3": 3.0, "f: s4": 1, "f: s5": 1}
    parts = [names(part_of(made, Shard(index, 2), durations)) for index in (1, 2)]

    assert sorted(parts[0] + parts[1]) == names(made)
    assert [sum(durations[f"f: {name}"] for name in part) for part in parts] == [10, 10]


def passed(ended: Ended) -> list[str]:
    return [line.split()[0] for line in ended.log if line.endswith("passes")]


def test_a_seed_is_shown_and_gives_the_order_again(suite: Suite) -> None:
    suite.feature("\n".join(f"Scenario: s{n}\n  Given it passes" for n in range(8)))
    first = suite.run("-D", "maidenhair.order=random", "-f", "json", "-o", "r.json")
    (order,) = {line for line in first.out.splitlines() if line.startswith("order: random, seed ")}
    seed = order.split()[-1]
    (suite.folder / "log").unlink()
    second = suite.run("-D", "maidenhair.order=random", "-D", f"maidenhair.seed={seed}")

    assert first.last_line == "8 passed, 0 failed, 0 skipped"
    assert passed(first) == passed(second)
    assert sorted(passed(first)) == [f"s{n}" for n in range(8)]
    (feature,) = json.loads((suite.folder / "r.json").read_text())
    assert [element["name"] for element in feature["elements"]] == [f"s{n}" for n in range(8)]


@pytest.mark.parametrize("order", ["defined", "random", "random-features"])
def test_the_seed_is_always_shown(suite: Suite, order: str) -> None:
    suite.feature("Scenario: s\n  Given it passes")
    ended = suite.run("-D", f"maidenhair.order={order}", "-D", "maidenhair.seed=7")

    assert f"order: {order}, seed 7" in ended.out.splitlines()


def test_long_specs_start_first_by_the_file_of_durations(suite: Suite) -> None:
    for name in ("a", "b", "long", "longer"):
        # They run one at a time, because a worker may log late that its spec has begun.
        suite.feature(f"@exclusive.machine\nScenario: {name}\n  Given it passes", name)
    seconds = {"a": 1.0, "b": 2.0, "long": 8.0, "longer": 9.0}
    known = {f"{name}.feature: {name}": value for name, value in seconds.items()}
    (suite.folder / "durations.json").write_text(json.dumps({"durations": known}))
    ended = suite.run("-j", "2", "-D", "maidenhair.durations=durations.json")

    assert ended.last_line == "4 passed, 0 failed, 0 skipped"
    assert passed(ended) == ["longer", "long", "b", "a"]


def test_the_history_counts_more_than_the_file_of_durations(tmp_path: Path) -> None:
    durations, history = tmp_path / "durations.json", tmp_path / "history.json"
    durations.write_text(json.dumps({"durations": {"a": 1.0, "b": 2.0}}))
    load_history(history).save({"b": 3.0}, [])

    expected = expected_seconds(read_durations(durations), load_history(history))
    assert expected == {"a": 1.0, "b": 3.0}
