"""The components and the deployment of devices, on clusters of each kind."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from maidenhair.config import Settings
from maidenhair.errors import ConfigurationError, DevicesError
from maidenhair.systems.devices.settings import DevicesSettings
from maidenhair.systems.devices.system import Devices, DevicesDeployment, DevicesState
from maidenhair.systems.system import NoDeployment
from maidenhair.systems.target import Target
from tests.unit.systems.fakes import FakeProvider, target

WITHOUT = [FakeProvider(frozenset({"api"})), FakeProvider(makes_clusters=False)]
SIMULATION = {
    "device-plugin": "maidenhair.dev/device-plugin:1",
    "device-query": "maidenhair.dev/device-query:1",
}


def ready_target(**chosen: Any) -> tuple[Target, list[str]]:
    settings = Settings(system_settings={"devices": DevicesSettings(**chosen)})
    return target(settings, helm=Path("/bin/helm"))


def test_nodes_need_the_components_of_hami_and_of_its_specs() -> None:
    needed = Devices().needs(target()[0], {"nodes"})
    assert set(needed) == {"helm", "kube-scheduler", "device-query", "kwok"}


@pytest.mark.parametrize("provider", WITHOUT, ids=["api", "existing"])
def test_without_nodes_of_maidenhair_there_is_no_deployment(provider: FakeProvider) -> None:
    where, built = target(provider=provider)
    assert Devices().needs(where, {"api", "nodes", "hami"}) == ()
    assert Devices().prepare(where) == NoDeployment(DevicesState())
    assert built == []


def test_the_images_of_the_stand_in_and_of_simulated_devices_are_built() -> None:
    where, built = ready_target()
    deployment = Devices().prepare(where)
    assert isinstance(deployment, DevicesDeployment)
    assert sorted(built) == [*SIMULATION, "hami-scheduler-standin", "kube-scheduler"]
    assert {path.stem for path in deployment.archives} == set(built)
    assert deployment.state.images == SIMULATION
    assert not deployment.plan.is_upstream
    assert deployment.plan.helm == Path("/bin/helm")


def test_the_state_for_workers_can_be_pickled() -> None:
    state = Devices().prepare(ready_target()[0]).state
    assert pickle.loads(pickle.dumps(state)) == state


def test_a_chart_and_an_image_in_the_settings_replace_the_stand_in(tmp_path: Path) -> None:
    where, built = ready_target(hami_image="example.com/hami:1", hami_chart=str(tmp_path))
    deployment = Devices().prepare(where)
    assert isinstance(deployment, DevicesDeployment)
    assert sorted(built) == [*SIMULATION, "kube-scheduler"]
    assert deployment.plan.is_upstream
    assert deployment.plan.chart == str(tmp_path)
    assert deployment.shared_images == ("example.com/hami:1",)


def test_a_checkout_gives_the_image_and_the_chart(tmp_path: Path) -> None:
    (tmp_path / "charts" / "hami").mkdir(parents=True)
    where, built = ready_target(hami_source=str(tmp_path))
    deployment = Devices().prepare(where)
    assert isinstance(deployment, DevicesDeployment)
    assert sorted(built) == [*SIMULATION, "hami-scheduler", "kube-scheduler"]
    assert deployment.plan.is_upstream
    assert deployment.plan.chart == str(tmp_path / "charts" / "hami")
    extender = deployment.plan.values["scheduler"]["extender"]["image"]
    assert extender["repository"] == "hami-scheduler"
    assert {path.stem for path in deployment.archives} == set(built)


def test_a_chart_in_the_settings_wins_over_that_of_a_checkout(tmp_path: Path) -> None:
    where, _ = ready_target(hami_source="/absent", hami_chart=str(tmp_path))
    deployment = Devices().prepare(where)
    assert isinstance(deployment, DevicesDeployment)
    assert deployment.plan.chart == str(tmp_path)


@pytest.mark.parametrize(
    ("chosen", "problem"),
    [
        ({"hami_source": "checkout", "hami_image": "i"}, "set the sources or an image, not both"),
        ({"hami": "stand-in", "hami_source": "checkout"}, "{hami}=stand-in and {hami_source} are"),
        ({"hami": "upstream"}, "{hami}=upstream needs {hami_source}, or {hami_image} and"),
        ({"hami_source": "/nowhere"}, "{hami_source}=/nowhere: this is no checkout of HAMi"),
        (
            {"hami_image": "/nowhere.tar", "hami_chart": "https://c"},
            "there is no such image archive",
        ),
        ({"hami_image": "i", "hami_chart": "/nowhere"}, "{hami_chart}=/nowhere: there is no such"),
    ],
)
def test_wrong_settings_are_refused_before_anything_is_built(
    chosen: dict[str, str], problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "checkout").mkdir()
    (tmp_path / "checkout" / "go.mod").touch()
    [found] = DevicesSettings(**chosen).problems()
    assert problem in found


def test_an_archive_or_a_chart_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    absent = str(tmp_path / "hami.tar")
    with pytest.raises(ConfigurationError, match=r"MAIDENHAIR_DEVICES_HAMI_IMAGE=.*hami\.tar"):
        Devices().prepare(ready_target(hami_image=absent, hami_chart=str(tmp_path))[0])
    chosen = {"hami_image": "example.com/hami:1", "hami_chart": str(tmp_path / "absent")}
    with pytest.raises(DevicesError, match=r"MAIDENHAIR_DEVICES_HAMI_CHART=.*absent"):
        Devices().prepare(ready_target(**chosen)[0])
