"""The components that active systems need, and the order in which they are deployed and removed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from maidenhair._util.progress import Progress
from maidenhair.clusters.toolchain import Tool
from maidenhair.config import Settings
from maidenhair.errors import MaidenhairError
from maidenhair.kube import Kube
from maidenhair.systems import deployment
from maidenhair.systems.deployment import (
    Preparation,
    Systems,
    archives_of,
    deploy,
    remove,
    states_of,
    with_keep_cluster,
)
from maidenhair.systems.system import Deployment, NoDeployment, System
from maidenhair.systems.target import Target
from tests.unit.systems.fakes import CLUSTER, EngineProvider, FakeProvider, LoggedDeployment

KUBE = cast(Kube, None)
PATIENCE_SECONDS = 30


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep locks in a folder of the test."""
    monkeypatch.setenv("MAIDENHAIR_CACHE_DIR", str(tmp_path))


def run(deployments: Sequence[LoggedDeployment], provider: Any = None) -> None:
    named: Mapping[str, Deployment] = {each.name: each for each in deployments}
    deploy(KUBE, CLUSTER, provider or FakeProvider(), named, Progress())


def test_systems_are_deployed_side_by_side() -> None:
    log: list[str] = []
    # Each is applied only when the other has begun.
    meeting = threading.Barrier(2, timeout=PATIENCE_SECONDS)
    run([LoggedDeployment(name, log, meeting.wait) for name in ("gears", "wheels")])
    assert sorted(log) == ["apply gears to fake", "apply wheels to fake"]


def test_a_deployment_that_fails_is_raised_when_the_others_have_finished() -> None:
    log: list[str] = []
    failed = threading.Event()

    def fail() -> None:
        failed.set()
        raise MaidenhairError("gears do not turn")

    def finish_after_the_failure() -> None:
        assert failed.wait(PATIENCE_SECONDS)

    with pytest.raises(MaidenhairError, match="gears do not turn"):
        run(
            [
                LoggedDeployment("gears", log, fail),
                LoggedDeployment("wheels", log, finish_after_the_failure),
            ]
        )
    assert log == ["apply wheels to fake"]


def fail(message: str) -> Callable[[], None]:
    def action() -> None:
        raise MaidenhairError(message)

    return action


def test_the_error_of_every_deployment_that_failed_is_reported() -> None:
    gears = LoggedDeployment("gears", [], fail("gears do not turn"))
    wheels = LoggedDeployment("wheels", [], fail("wheels are flat"))
    with pytest.raises(MaidenhairError) as caught:
        run([gears, wheels])
    assert str(caught.value).splitlines() == [
        "2 systems could not be deployed on cluster 'fake':",
        "gears: gears do not turn",
        "wheels: wheels are flat",
    ]


def test_a_system_that_cannot_be_removed_does_not_keep_the_others() -> None:
    log: list[str] = []
    gears = LoggedDeployment("gears", log)
    wheels = LoggedDeployment("wheels", log, on_remove=fail("wheels are stuck"))
    with pytest.raises(MaidenhairError, match=r"^wheels are stuck$"):
        remove(KUBE, CLUSTER, {"gears": gears, "wheels": wheels}, Progress())
    assert log == ["remove gears from fake"]


def test_an_engine_shares_its_images_with_the_nodes_before_anything_is_deployed() -> None:
    provider = EngineProvider()
    gears = LoggedDeployment("gears", provider.log, shared_images=("gears:1", "oil:1"))
    wheels = LoggedDeployment("wheels", provider.log, shared_images=("wheels:1",))
    run([gears, wheels], provider)
    assert provider.log[0] == "share gears:1, oil:1, wheels:1"
    assert len(provider.log) == 3


def test_an_engine_without_own_images_gets_no_request() -> None:
    provider = EngineProvider()
    run([LoggedDeployment("gears", provider.log)], provider)
    assert provider.log == ["apply gears to fake"]


def test_a_provider_without_an_engine_shares_no_images() -> None:
    log: list[str] = []
    run([LoggedDeployment("gears", log, shared_images=("gears:1",))])
    assert log == ["apply gears to fake"]


def test_systems_are_removed_in_the_reverse_order() -> None:
    log: list[str] = []
    names = ("gears", "wheels", "belts")
    remove(KUBE, CLUSTER, {name: LoggedDeployment(name, log) for name in names}, Progress())
    assert log == ["remove belts from fake", "remove wheels from fake", "remove gears from fake"]


def test_archives_are_of_all_deployments_and_states_by_system() -> None:
    gears = LoggedDeployment("gears", [], archives=(Path("a"), Path("b")), state="turning")
    wheels = LoggedDeployment("wheels", [], archives=(Path("c"),))
    deployments: dict[str, Deployment] = {"gears": gears, "wheels": wheels}
    assert archives_of(deployments) == (Path("a"), Path("b"), Path("c"))
    assert states_of(deployments) == {"gears": "turning", "wheels": None}


def test_a_run_that_keeps_failed_specs_keeps_their_cluster() -> None:
    assert with_keep_cluster(Settings(keep_on_failure=True)).keep_cluster
    assert not with_keep_cluster(Settings()).keep_cluster
    assert with_keep_cluster(Settings(keep_cluster=True)).keep_cluster


@dataclass
class Toolbox(System):
    """A system that needs components, more of them where the cluster has nodes."""

    name: str
    always: tuple[str, ...] = ()
    with_nodes: tuple[str, ...] = ()
    state: Any = None
    used: list[list[str]] = field(default_factory=list)

    def needs(self, target: Target, capabilities: Collection[str]) -> Sequence[str]:
        return (*self.always, *(self.with_nodes if "nodes" in capabilities else ()))

    def use_tools(self, tools: Mapping[str, Tool]) -> None:
        self.used.append(list(tools))

    def prepare(self, target: Target) -> Deployment:
        return NoDeployment([self.state, *target.tools])


class FakeToolchain:
    """A toolchain that has every component, and records the requested names."""

    requested: list[list[str]]

    def __init__(self, settings: Settings, progress: Progress, extra: object) -> None:
        pass

    def ensure(self, names: list[str]) -> dict[str, Any]:
        self.requested.append(names)
        return {name: SimpleNamespace(path=Path(name)) for name in names}


@pytest.fixture
def requested(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Return the names that the toolchain was requested to provide."""
    monkeypatch.setattr(FakeToolchain, "requested", [], raising=False)
    monkeypatch.setattr(deployment, "Toolchain", FakeToolchain)
    monkeypatch.setattr(deployment, "provider_for", lambda *_: FakeProvider())
    return FakeToolchain.requested


def preparation(*active: System) -> Preparation:
    return Preparation(Settings(), Systems(active), Progress())


def test_components_are_the_providers_then_those_of_systems_each_once(requested: Any) -> None:
    gears = Toolbox("gears", ("oil", "kubectl"), ("grease",))
    wheels = Toolbox("wheels", ("oil", "air"))
    names = ("etcd", "kubectl", "oil", "grease", "air")
    assert preparation(gears, wheels).component_names() == names
    assert preparation().component_names() == ("etcd", "kubectl")
    assert requested == []


def test_what_is_provided_is_there_for_systems_to_use_and_to_prepare_with(requested: Any) -> None:
    gears = Toolbox("gears", ("oil",), state="turning")
    ready = preparation(gears)
    assert set(ready.provide_components()) == {"etcd", "kubectl", "oil"}
    assert gears.used == [["etcd", "kubectl", "oil"]]
    assert ready.prepare()["gears"].state == ["turning", "etcd", "kubectl", "oil"]


def test_only_what_is_missing_is_provided_when_it_is_known_what_the_cluster_can_do(
    requested: list[list[str]],
) -> None:
    gears = Toolbox("gears", ("oil",), ("grease",))
    ready = preparation(gears)
    ready.provide_for_specs({"api"})
    ready.provide_for_specs({"api", "nodes"})
    ready.provide_for_specs({"api", "nodes"})
    assert requested == [["oil"], ["grease"]]
    assert gears.used == [["oil"], ["oil", "grease"]]
