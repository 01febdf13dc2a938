"""Trials of capabilities: which specs they skip, and how often they run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from maidenhair.clusters.provider import Cluster
from maidenhair.config import Settings
from maidenhair.errors import ConfigurationError
from maidenhair.suite.session import Session
from maidenhair.suite.trials import Trials
from maidenhair.systems.capability import Capability
from maidenhair.systems.deployment import Systems
from maidenhair.systems.system import System

NEEDS, FORBIDS = ["use.with_wings=yes"], ["not.with_wings=yes"]


class Birds(System):
    name = "birds"

    def __init__(self, trial: Callable[[Any], str | None]) -> None:
        self._trial = trial

    def capabilities(self) -> Sequence[Capability]:
        return [Capability("wings", "Birds fly.", lambda findings: None, self._trial)]


def trials(trial: Callable[[Any], str | None], available: frozenset[str]) -> Trials:
    cluster = Cluster("c", Path("k"), "x", available, Path("kubectl"))
    lacking = {} if "wings" in available else {"wings": "no birds"}
    session = Session(
        Settings(),
        cluster,
        cast("Any", None),
        cast("Any", None),
        Systems((Birds(trial),)),
        lacking=lacking,
    )
    return Trials(session)


@pytest.mark.parametrize(
    ("found", "tags", "reason"),
    [
        (None, NEEDS, None),
        (None, FORBIDS, "the cluster has the capability wings"),
        ("it is a penguin", NEEDS, "lacks the capability wings (@use.with_wings=yes): it is a pen"),
        ("it is a penguin", FORBIDS, None),
        ("it is a penguin", ["use.with_browser=chrome", "slow"], None),
    ],
)
def test_a_trial_decides_before_the_spec_runs(
    found: str | None, tags: list[str], reason: str | None
) -> None:
    tried = trials(lambda opened: found, frozenset({"wings"}))

    assert tried.reason_to_skip(tags) is None
    after = tried.reason_after(tags, {"birds": "bird"})
    assert (reason is None) == (after is None)
    assert (reason or "") in (after or "")
    assert tried.reason_to_skip(tags) == after


def test_a_trial_gets_what_its_system_opened_and_runs_once() -> None:
    seen: list[Any] = []
    tried = trials(seen.append, frozenset({"wings"}))

    for _ in range(2):
        tried.reason_after(NEEDS, {"birds": "bird", "bees": "bee"})
    assert seen == ["bird"]


def test_a_trial_that_fails_runs_again_for_the_next_spec() -> None:
    outcomes: list[str | None] = []

    def trial(opened: Any) -> str | None:
        return outcomes.pop()

    tried = trials(trial, frozenset({"wings"}))
    with pytest.raises(IndexError):
        tried.reason_after(NEEDS, {"birds": "bird"})
    outcomes.append("it is a penguin")
    assert "penguin" in (tried.reason_after(NEEDS, {"birds": "bird"}) or "")


def test_what_discovery_did_not_find_is_not_tried() -> None:
    tried = trials(lambda opened: pytest.fail("tried"), frozenset())

    assert "no birds" in (tried.reason_to_skip(NEEDS) or "")


def test_a_wrong_tag_is_an_error_before_any_trial() -> None:
    with pytest.raises(ConfigurationError):
        trials(lambda opened: None, frozenset({"wings"})).reason_to_skip(["use.with_horns=yes"])
