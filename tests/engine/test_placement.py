"""Which specs may run beside which."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from maidenhair.engine.parallel.scheduler import Scheduler
from maidenhair.engine.planning.places import Policy, SpecId
from maidenhair.engine.planning.specs import Planned, Unit
from maidenhair.engine.planning.tags import Tags, tags_of
from maidenhair.errors import ConfigurationError

from .conftest import Suite


def unit(name: str, *tags: str) -> Unit:
    scenario = SimpleNamespace(
        name=name, tags=tags, parent=None, type="scenario", filename="f", location="f:1"
    )
    return Unit((Planned(SpecId(0, (0,)), scenario, tags_of(scenario), Policy()),))


def names(units: list[Unit | None]) -> list[str]:
    return [each.specs[0].scenario.name for each in units if each is not None]


def taken(scheduler: Scheduler) -> list[Unit]:
    units = []
    while (each := scheduler.take()) is not None:
        units.append(each)
    return units


@pytest.mark.parametrize(
    ("tags", "together"),
    [
        ([("exclusive.db",), ("exclusive.db",), ()], ["0", "2"]),
        ([("shared.db",), ("shared.db",), ("exclusive.db",)], ["0", "1"]),
        ([("exclusive.db",), ("exclusive.web",), ("shared.db",)], ["0", "1"]),
        # What waits is not overtaken by what wants the same.
        ([("shared.db",), ("exclusive.db",), ("shared.db",)], ["0"]),
        ([("exclusive.web",), ("shared.db", "exclusive.web"), ("exclusive.db",)], ["0"]),
        # What waits can share its lock with what comes later.
        ([("exclusive.web",), ("shared.db", "exclusive.web"), ("shared.db",)], ["0", "2"]),
        ([("needs.cpu.1",), ("needs.cpu.1.5",), ("needs.cpu.1",), ()], ["0", "3"]),
        ([("needs.cpu.1",), ("needs.cpu.1",), ("needs.disk.9",)], ["0", "1", "2"]),
        # More than there is runs alone with what it needs.
        ([("needs.cpu.8",), ("needs.cpu.1",), ()], ["0", "2"]),
        ([("serial",), (), ("serial",)], ["1"]),
    ],
)
def test_what_may_run_together(tags: list[tuple[str, ...]], together: list[str]) -> None:
    units = [unit(str(number), *each) for number, each in enumerate(tags)]
    assert names(list(taken(Scheduler(units, {"cpu": 2.0})))) == together


def test_everything_gets_its_turn() -> None:
    units = [unit("a", "serial"), unit("b", "exclusive.x"), unit("c", "exclusive.x"), unit("d")]
    scheduler = Scheduler(units, {})
    turns: list[list[str]] = []
    while scheduler.waiting:
        now = taken(scheduler)
        turns.append(names(list(now)))
        for each in now:
            scheduler.done(each)
    assert turns == [["b", "d"], ["c"], ["a"]]


def test_locks_serial_and_ordered_in_a_real_run(suite: Suite) -> None:
    suite.feature(
        """
        @serial
        Scenario: alone
          Given it waits 0.2 s
        @exclusive.door
        Scenario: first
          Given it waits 0.2 s
        @exclusive.door
        Scenario: second
          Given it waits 0.2 s
        """,
        "a",
    )
    suite.feature(
        """
        @ordered
        Feature: story
          Scenario: one
            Given it passes
          Scenario: two
            Given it fails
          Scenario: three
            Given it passes
        """,
        "b",
    )
    suite.feature(
        """
        Feature: rules
          @ordered.continue
          Rule: going on
            Scenario: four
              Given it fails
            Scenario: five
              Given it passes
        """,
        "c",
    )
    ended = suite.run("-j", "3", "-f", "plain")

    assert ended.last_line == "5 passed, 2 failed, 1 skipped"
    assert "skipped: three: a spec before it failed in an @ordered feature or rule" in ended.out
    assert "three passes" not in ended.log
    assert "five passes" in ended.log
    waits = [line for line in ended.log if line.split()[0] in ("first", "second", "alone")]
    pairs = [(waits[index], waits[index + 1]) for index in range(0, 6, 2)]
    assert all(begin.replace("waits", "waited") == end for begin, end in pairs)
    assert pairs[-1][0] == "alone waits"
    alone = ended.log.index("alone waits")
    assert all(ended.log.index(f"after {name}") < alone for name in ("one", "five", "second"))
    # An ordered feature is one unit: one visit.
    assert ended.log.count("before feature story") == 1


def test_an_ordered_feature_stops_with_one_job_too(suite: Suite) -> None:
    suite.feature(
        """
        @ordered
        Feature: story
          Scenario: one
            Given it fails
          Rule: inner
            Scenario: two
              Given it passes
        """
    )
    ended = suite.run()

    assert ended.last_line == "0 passed, 1 failed, 1 skipped"
    assert "two passes" not in ended.log


def test_a_worker_lost_in_an_ordered_feature_skips_the_rest(suite: Suite) -> None:
    suite.feature(
        """
        @ordered
        Feature: story
          Scenario: one
            Given its process is killed by SIGKILL
          Scenario: two
            Given it passes
        """
    )
    suite.feature("Scenario: other\n  Given it passes", "g")
    ended = suite.run("-j", "2")

    assert ended.last_line == "1 passed, 1 failed, 1 skipped"


def test_what_has_priority_runs_first(suite: Suite) -> None:
    suite.feature(
        """
        Scenario: usual
          Given it passes
        @priority.2
        Scenario: first
          Given it passes
        @priority.1
        Scenario: second
          Given it passes
        """
    )
    ended = suite.run("-f", "plain")

    order = [line for line in ended.log if line.endswith("passes")]
    assert order == ["first passes", "second passes", "usual passes"]
    shown = [line.split(": ")[1] for line in ended.out.splitlines() if "Scenario:" in line]
    assert shown == ["usual", "first", "second"]


@pytest.mark.parametrize(
    ("tag", "allowed"),
    [
        ("mh.needs.cpu", "@needs.NAME.N with a number N"),
        ("mh.timeout.soon", "@timeout.T with T a number with ms, s, m or h"),
        ("mh.timeout", "@timeout.T with T a number with ms, s, m or h"),
        ("mh.flaky.0", "@flaky.N with a whole number N, at least 1"),
        ("mh.must_pass.x", "@must_pass.N"),
        ("mh.priority.high", "@priority.N with a number N"),
        ("mh.priority.nan", "@priority.N with a number N"),
        ("mh.exclusive.", "@exclusive.NAME"),
        ("mh.ordered.maybe", "@ordered or @ordered.continue"),
        ("mh.serial.2", "@serial"),
        ("mh.slow", "@mh.serial, @mh.ordered"),
    ],
)
def test_a_malformed_tag_with_the_prefix_is_an_error(tag: str, allowed: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        unit("s", tag)

    assert allowed in str(caught.value)
    assert f"f:1: @{tag} is malformed" in str(caught.value)


@pytest.mark.parametrize("tag", ["timeout", "timeout.soon", "priority.high", "flaky.0", "skip.ci"])
def test_a_tag_in_another_form_is_an_ordinary_tag(tag: str) -> None:
    assert unit("s", tag).specs[0].tags == Tags()


@pytest.mark.parametrize(
    "tag", ["timeout.90s", "priority.2", "flaky.2", "needs.cpu.1", "shared.db", "serial", "skip"]
)
def test_the_prefix_changes_no_meaning(tag: str) -> None:
    assert unit("s", f"mh.{tag}").specs[0].tags == unit("s", tag).specs[0].tags != Tags()


def test_a_malformed_tag_with_the_prefix_ends_the_run_before_any_spec(suite: Suite) -> None:
    suite.feature("@mh.timeout.soon\nScenario: s\n  Given it passes")
    suite.hooks("def before_run(context):\n    log('before run')")
    ended = suite.run()

    assert ended.code == 2
    assert "f.feature:3: @mh.timeout.soon is malformed" in ended.err
    assert ended.log == []


def test_an_ordered_feature_can_have_the_prefix(suite: Suite) -> None:
    suite.feature(
        """
        @mh.ordered
        Feature: f
          Scenario: first
            Given it fails
          Scenario: second
            Given it passes
        """
    )
    ended = suite.run()

    assert ended.last_line == "0 passed, 1 failed, 1 skipped"
