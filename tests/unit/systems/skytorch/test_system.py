"""The needs and the prepared deployments of SkyTorch on clusters of each kind."""

from __future__ import annotations

import json
import pickle
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from maidenhair._util.progress import Progress
from maidenhair.config import Settings
from maidenhair.errors import ConfigurationError
from maidenhair.suite.session import open_session
from maidenhair.systems.skytorch.settings import SkyTorchSettings
from maidenhair.systems.skytorch.system import SkyTorch, SkyTorchDeployment, SkyTorchState
from maidenhair.systems.system import NoDeployment
from maidenhair.systems.target import Target
from tests.unit.systems.fakes import EngineProvider, FakeProvider, target

STACK = ("contour", "envoy", "gateway-api-crds", "contour-manifests")
SDK = "skytorch-python"
API = FakeProvider(frozenset({"api"}))
EXISTING = FakeProvider(frozenset({"api"}), makes_clusters=False)
STANDIN = "skytorch-operator-standin"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Give an archive of an image of the user's own."""
    archive = tmp_path / "server.tar"
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps([{"RepoTags": ["example.com/server:1"]}]))
    with tarfile.open(archive, "w") as tar:
        tar.add(manifest, manifest.name)
    return archive


def settings(**chosen: Any) -> Settings:
    return Settings(system_settings={"skytorch": SkyTorchSettings(**chosen)})


def ready_target(provider: Any = None, **chosen: Any) -> tuple[Target, list[str]]:
    crds = {"gateway-api-crds": Path("crds"), "contour-manifests": Path("contour")}
    return target(settings(**chosen), provider, **crds)


@pytest.mark.parametrize(
    ("provider", "capabilities", "needed"),
    [
        (FakeProvider(), {"nodes", "skytorch"}, (*STACK, SDK)),
        (FakeProvider(), {"nodes"}, STACK),
        (API, {"api", "skytorch"}, ()),
        (EXISTING, {"api"}, ()),
        (EXISTING, {"api", "nodes", "skytorch"}, (SDK,)),
    ],
    ids=["nodes", "nodes without SkyTorch", "api", "existing", "existing with SkyTorch"],
)
def test_the_stack_is_needed_where_it_is_deployed_and_the_sdk_where_it_is_used(
    provider: Any, capabilities: set[str], needed: tuple[str, ...]
) -> None:
    where, _ = target(provider=provider)
    assert SkyTorch().needs(where, capabilities) == needed


def test_a_cluster_with_nodes_gets_the_stack_with_images_that_are_built() -> None:
    where, built = ready_target()
    deployment = SkyTorch().prepare(where)
    assert isinstance(deployment, SkyTorchDeployment)
    assert deployment.plan is not None
    assert sorted(built) == ["contour", "envoy", STANDIN, "skytorch-server"]
    assert {path.stem for path in deployment.archives} == set(built)
    assert deployment.state == SkyTorchState("maidenhair.dev/skytorch-server:1")
    assert deployment.shared_images == ()


def test_what_workers_get_of_it_can_be_pickled() -> None:
    state = SkyTorch().prepare(ready_target()[0]).state
    assert pickle.loads(pickle.dumps(state)) == state


def test_a_server_and_an_operator_of_the_users_are_not_built(archive: Path) -> None:
    where, built = ready_target(
        operator="upstream",
        operator_manifests="https://example.org/e2e",
        operator_image="example.com/operator:1",
        test_image=str(archive),
    )
    deployment = SkyTorch().prepare(where)
    assert built == ["contour", "envoy"]
    assert deployment.state == SkyTorchState("example.com/server:1")
    assert deployment.archives[-1] == archive
    assert deployment.shared_images == ("example.com/operator:1",)


def test_a_checkout_gives_the_operator_and_its_manifests(tmp_path: Path) -> None:
    where, built = ready_target(source=str(tmp_path))
    deployment = SkyTorch().prepare(where)
    assert isinstance(deployment, SkyTorchDeployment)
    assert deployment.plan is not None
    assert sorted(built) == ["contour", "envoy", "skytorch-operator", "skytorch-server"]
    assert deployment.plan.operator == str(tmp_path / "config" / "e2e")
    assert deployment.plan.operator_image == "maidenhair.dev/skytorch-operator:1"
    assert {path.stem for path in deployment.archives} == set(built)


@pytest.mark.parametrize(
    ("chosen", "problem"),
    [
        ({"operator": "upstream"}, "{operator}=upstream needs"),
        ({"source": "checkout", "operator_image": "i"}, "set the sources or an image, not both"),
        (
            {"source": "checkout", "operator": "stand-in"},
            "{operator}=stand-in and {source} are both",
        ),
        ({"source": "/nowhere"}, "{source}=/nowhere: this is no checkout of SkyTorch"),
        (
            {"test_image": "/nowhere.tar"},
            "{test_image}=/nowhere.tar: there is no such image archive",
        ),
        (
            {"operator": "upstream", "operator_manifests": "/nowhere"},
            "{operator_manifests}=/nowhere: there is no such folder",
        ),
    ],
)
def test_wrong_settings_are_refused_before_anything_is_built(
    chosen: dict[str, str], problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "checkout").mkdir()
    (tmp_path / "checkout" / "go.mod").touch()
    [found] = SkyTorchSettings(**chosen).problems()
    assert problem in found


def test_on_a_container_engine_the_server_is_an_image_of_the_engines() -> None:
    engine = EngineProvider()
    where, built = ready_target(engine)
    deployment = SkyTorch().prepare(where)
    [line] = engine.log
    assert line.startswith("build maidenhair.dev/skytorch-server:")
    assert line.endswith(" with PYTHON")
    assert "skytorch-server" not in built
    assert deployment.shared_images == (deployment.state.server_image,)


def test_without_nodes_there_is_the_api_of_computes_alone(archive: Path) -> None:
    where, built = ready_target(API, test_image=str(archive))
    deployment = SkyTorch().prepare(where)
    assert isinstance(deployment, SkyTorchDeployment)
    assert deployment.plan is None
    assert (built, deployment.archives) == ([], (archive,))
    assert deployment.state == SkyTorchState("example.com/server:1")


def test_on_a_cluster_that_is_used_as_it_is_nothing_is_deployed() -> None:
    where, built = ready_target(EXISTING, test_image="example.com/server:1")
    assert SkyTorch().prepare(where) == NoDeployment(SkyTorchState("example.com/server:1"))
    assert built == []


def test_an_archive_that_is_not_there_is_named(tmp_path: Path) -> None:
    absent = str(tmp_path / "server.tar")
    for provider in (FakeProvider(), API, EXISTING):
        where, _ = ready_target(provider, test_image=absent)
        with pytest.raises(ConfigurationError, match=r"SKYTORCH_TEST_IMAGE=.*server\.tar"):
            SkyTorch().prepare(where)


def test_an_archive_of_the_server_s_image_is_refused_before_a_run_on_an_existing_cluster(
    archive: Path, tmp_path: Path
) -> None:
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}],
        "users": [{"name": "u", "user": {"token": "secret"}}],
        "contexts": [{"name": "home", "context": {"cluster": "c", "user": "u"}}],
    }
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text(yaml.safe_dump(content))
    run = Settings(
        provider="existing",
        context="home",
        kubeconfig=str(kubeconfig),
        systems=("skytorch",),
        system_settings={"skytorch": SkyTorchSettings(test_image=str(archive))},
    )
    with (
        pytest.raises(ConfigurationError, match=r"server\.tar .* and set the image's name"),
        open_session(run, Progress()),
    ):
        pass
