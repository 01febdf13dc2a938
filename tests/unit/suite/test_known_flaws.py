"""Known flaws: which specs are expected to fail, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from maidenhair.clusters.provider import Cluster
from maidenhair.config import Settings
from maidenhair.discovery import Report, discover
from maidenhair.errors import ConfigurationError
from maidenhair.kube import Kube
from maidenhair.suite.known_flaws import KnownFlaws
from maidenhair.suite.session import Session
from maidenhair.systems.deployment import Systems
from maidenhair.systems.flaw import Flaw
from maidenhair.systems.system import System
from tests.unit.discovery.test_discovery import FakeApi

WEAK, WET = "birds.flaw.weak-wings", "birds.flaw.wet-wings"
PRESENT = {WEAK: "Birds fall. (Birds 1.2)"}


class Birds(System):
    name = "birds"

    def flaws(self) -> Sequence[Flaw]:
        return [
            Flaw(WEAK, "Birds fall.", lambda findings: "Birds 1.2"),
            Flaw(WET, "Birds sink.", lambda findings: None),
        ]


def flaws(present: Mapping[str, str] = PRESENT) -> KnownFlaws:
    nothing = cast("Any", None)
    cluster = Cluster("c", Path("k"), "x", frozenset(), Path("kubectl"))
    systems = Systems((Birds(),))
    return KnownFlaws(Session(Settings(), cluster, nothing, nothing, systems, flaws=present))


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ([WEAK], f"{WEAK}: Birds fall. (Birds 1.2)"),
        ([WET], None),
        ([WET, WEAK, "slow"], f"{WEAK}: Birds fall. (Birds 1.2)"),
        (["slow", "use.with_wings=yes", "flaw.of.another.kind"], None),
    ],
)
def test_a_spec_fails_for_a_flaw_that_the_cluster_has(tags: list[str], reason: str | None) -> None:
    assert flaws().reason_to_fail(tags) == reason


def test_an_unknown_flaw_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=f"the active systems have: {WEAK}, {WET}"):
        flaws().reason_to_fail(["birds.flaw.weak-wing"])


def test_the_report_on_a_cluster_has_its_flaws() -> None:
    report: Report = discover(cast(Kube, FakeApi()), [Birds()])
    assert report.flaws == PRESENT
    assert report.as_json()["flaws"] == PRESENT
    assert f"known flaws  {WEAK}" in report.text("c")
