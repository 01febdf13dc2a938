"""A system that has only a name: every call has a default that does nothing."""

from __future__ import annotations

import doctest
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

import maidenhair.systems.capability
import maidenhair.systems.deployment
import maidenhair.systems.registry
import maidenhair.systems.system
from maidenhair._util.progress import Progress
from maidenhair.clusters.extensions import Extensions
from maidenhair.clusters.images.recipes import FRAMEWORK_RECIPES
from maidenhair.clusters.toolchain.components import Pins
from maidenhair.config import Settings, SystemSettings, load_settings
from maidenhair.discovery import CAPABILITIES, decide
from maidenhair.errors import ConfigurationError
from maidenhair.kube import Kube
from maidenhair.kube.diagnosis.knowledge import NO_KNOWLEDGE
from maidenhair.kube.rbac.permissions import FRAMEWORK
from maidenhair.suite.capabilities import reason_to_skip
from maidenhair.systems.capability import Capability, Findings, Look
from maidenhair.systems.deployment import Preparation, Systems, deploy, remove, states_of
from maidenhair.systems.system import SpecAccess, System
from tests.unit.examples import surroundings
from tests.unit.findings import BARE, can, with_system
from tests.unit.systems.fakes import CLUSTER, EngineProvider, FakeProvider, target


class Plain(System):
    """A system of which nothing is known but its name."""

    name = "plain"


PLAIN = Systems((Plain(),))
KUBE = cast(Kube, None)


def test_it_adds_nothing_to_what_the_framework_has() -> None:
    [sources] = PLAIN.extensions.sources
    assert list(sources(cast(Pins, None))) == []
    assert PLAIN.extensions == Extensions((sources,))
    assert PLAIN.recipes == FRAMEWORK_RECIPES
    assert PLAIN.permissions == FRAMEWORK
    assert PLAIN.knowledge == NO_KNOWLEDGE
    assert PLAIN.capability_names == frozenset()


def test_it_has_settings_but_none_of_its_own(tmp_path: Path) -> None:
    kinds = {"plain": Plain().settings()}
    settings = load_settings({}, {}, tmp_path / "pyproject.toml", kinds)
    assert settings.of("plain", SystemSettings) == SystemSettings()
    (tmp_path / "pyproject.toml").write_text("[tool.maidenhair.plain]\ncolour = 'red'\n")
    with pytest.raises(ConfigurationError, match="colour"):
        load_settings({}, {}, tmp_path / "pyproject.toml", kinds)


def test_it_needs_nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    where, _ = target()
    assert list(Plain().needs(where, {"nodes"})) == []
    assert list(Plain().check_machine()) == []
    assert dict(Plain().mounts()) == {}
    Plain().use_tools({})
    monkeypatch.setattr(maidenhair.systems.deployment, "provider_for", lambda *_: FakeProvider())
    assert Preparation(Settings(), PLAIN, Progress()).component_names() == ("etcd", "kubectl")


def test_nothing_is_deployed_and_nothing_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIDENHAIR_CACHE_DIR", str(tmp_path))
    where, built = target()
    provider = EngineProvider()
    deployments = {"plain": Plain().prepare(where)}
    # There is no API, so a request would fail.
    deploy(KUBE, CLUSTER, provider, deployments, Progress())
    remove(KUBE, CLUSTER, deployments, Progress())
    assert (built, provider.log) == ([], [])
    assert pickle.loads(pickle.dumps(states_of(deployments))) == {"plain": None}


def test_nothing_is_found_out_and_nothing_reported() -> None:
    assert Plain().look(cast(Look, None)) is None
    assert list(Plain().describe(BARE)) == []
    assert list(Plain().capabilities()) == []


def test_steps_get_nothing_of_it() -> None:
    assert Plain().open(cast(SpecAccess, None), None) is None


class Gears(System):
    """A system with capabilities."""

    name = "gears"

    def capabilities(self) -> Sequence[Capability]:
        return [
            Capability("turning", "Gears turn.", lambda findings: None),
            Capability("oiled", "Gears are oiled.", self._dry),
        ]

    def _dry(self, findings: Findings) -> str | None:
        return None if findings.of(self.name, str) == "oil" else "the gears are dry"


def test_capabilities_follow_from_what_their_system_found() -> None:
    abilities = Gears().capabilities()
    assert {"turning", "oiled"} <= can(with_system(BARE, "gears", "oil"), abilities)
    assert "oiled" not in can(with_system(BARE, "gears", "rust"), abilities)


def test_findings_of_another_type_are_a_fault_of_the_system() -> None:
    with pytest.raises(TypeError, match="findings of system 'gears' are a int, not a str"):
        with_system(BARE, "gears", 1).of("gears", str)
    with pytest.raises(KeyError):
        BARE.of("gears", str)


def test_a_tag_may_name_what_an_active_system_offers_and_nothing_else() -> None:
    report = discovered(Gears())
    assert reason_to_skip(["use.with_turning=yes"], *report) is None
    skipped = reason_to_skip(["use.with_oiled=yes"], *report)
    assert (
        skipped == "the cluster lacks the capability oiled (@use.with_oiled=yes): the gears are dry"
    )
    with pytest.raises(ConfigurationError) as refused:
        reason_to_skip(["use.with_spinning=yes"], *report)
    offered = "accounts, api, helm, multi-node, node-faults, nodes, oiled, own-namespaces, turning"
    expected = f"'spinning'; the framework and the active systems have: {offered}"
    assert str(refused.value).endswith(expected)


def test_a_tag_of_a_system_that_is_not_active_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="there is no capability 'turning'"):
        reason_to_skip(["use.with_turning=yes"], *discovered())


def test_an_active_tag_of_the_suite_is_no_capability() -> None:
    report = discovered(Gears())
    assert reason_to_skip(["use.with_browser=chrome", "not.with_os=win32"], *report) is None
    with pytest.raises(ConfigurationError, match="the value must be yes"):
        reason_to_skip(["use.with_turning=no"], *report)


def discovered(*systems: System) -> tuple[set[str], dict[str, str]]:
    """Return what a bare cluster can do with systems active, and what it lacks, and why."""
    abilities = [*CAPABILITIES, *(each for system in systems for each in system.capabilities())]
    reasons = decide(with_system(BARE, "gears", "rust"), abilities)
    lacking = {name: reason for name, reason in reasons.items() if reason is not None}
    return set(reasons) - set(lacking), lacking


@pytest.mark.parametrize(
    "module",
    [maidenhair.systems.system, maidenhair.systems.capability, maidenhair.systems.registry],
    ids=lambda module: module.__name__.rpartition(".")[2],
)
def test_examples_are_true(module: object, tmp_path: Path) -> None:
    with surroundings(tmp_path) as names:
        ran = doctest.testmod(
            module,  # type: ignore[arg-type]
            globs={**names, **vars(module)},
            optionflags=doctest.ELLIPSIS,
        )
    assert ran.attempted > 0
    assert ran.failed == 0
