"""The REAL kind with a REAL engine, Podman, without a real node image.

The node image of the tests prints a node's start message and does nothing else, so kind fails when it sets up
Kubernetes. The tests are skipped if Podman cannot be provided or does not run.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from maidenhair.clusters.kind.container_engine import VARIABLE, Engine, find_engine
from maidenhair.clusters.kind.layout import layout_for
from maidenhair.clusters.kind.provider import KindProvider
from maidenhair.errors import ClusterError, ToolchainError
from tests.cluster.clusters.kind.conftest import MakeProvider
from tests.cluster.clusters.kind.podman import Podman, components, running, write_node_image
from tests.project import ROOT

NODE = "localhost/maidenhair-node:1"
ENGINE = Engine("podman")
# The options with which kind runs a node.
LABELS = ("--label=io.x-k8s.kind.cluster=unit", "--label=io.x-k8s.kind.role=worker")
RUN = ("run", "--detach", "--tty", "--restart=on-failure:1", *LABELS)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Podman]:
    if os.geteuid() != 0:
        pytest.skip("needs root, for an engine in namespaces of its own")
    folder = tmp_path_factory.mktemp("podman")
    try:
        tools = components()
    except ToolchainError as error:
        pytest.skip(f"Podman cannot be provided: {error}")
    with running(tools, folder) as podman:
        try:
            podman.run("load", f"--input={write_node_image(folder, NODE)}")
            podman.run("run", "--detach", "--name=check", NODE)
            podman.run("rm", "--force", "--time=0", "check")
        except subprocess.CalledProcessError as error:
            pytest.skip(f"Podman does not run containers here: {error.stderr}")
        yield podman


@pytest.fixture
def podman(engine: Podman, monkeypatch: pytest.MonkeyPatch) -> Iterator[Podman]:
    """Return the engine, without containers."""
    monkeypatch.setenv("PATH", f"{engine.bin_folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv(VARIABLE, "podman")
    yield engine
    engine.run("rm", "--all", "--force", "--time=0", "--volumes")


@pytest.fixture
def provider(podman: Podman, make_provider: MakeProvider) -> KindProvider:
    return make_provider(kind_node_image=NODE)


def test_a_node_that_kind_cannot_set_up_leaves_its_logs_and_nothing_else(
    podman: Podman, provider: KindProvider, state: Path, tmp_path: Path
) -> None:
    assert find_engine() == ENGINE
    with pytest.raises(ClusterError, match=r"`kind create cluster` with podman failed"):
        provider.up()
    console = tmp_path / "artifacts" / "kind-unit" / "unit-control-plane" / "serial.log"
    assert "Reached target Multi-User System." in console.read_text()
    assert ENGINE.containers("unit") == []
    assert podman.run("volume", "ls", "--quiet") == ""
    assert not layout_for("unit", state).folder.exists()


def test_a_taken_port_is_explained(podman: Podman, provider: KindProvider) -> None:
    podman.run("run", "--detach", "--name=other", "--publish=127.0.0.1:50051:50051", NODE)
    with pytest.raises(ClusterError, match=r"a port of this machine .* is taken"):
        provider.up()
    assert ENGINE.containers("unit") == []
    assert podman.run("ps", "--format={{.Names}}") == "other\n"


def test_a_cluster_of_another_owner_with_the_same_name_is_not_touched(
    podman: Podman, provider: KindProvider
) -> None:
    podman.run(*RUN, "--name=unit-worker", NODE)
    for act in (provider.up, provider.down):
        with pytest.raises(ClusterError, match=r"the name is taken: podman .* \(unit-worker\)"):
            act()
    assert podman.run("ps", "--format={{.Names}}") == "unit-worker\n"


def test_a_node_is_paused_resumed_stopped_started_and_removed(
    podman: Podman, provider: KindProvider, state: Path
) -> None:
    mark = layout_for("unit", state).mark
    mark.parent.mkdir(parents=True)
    mark.touch()
    podman.run(*RUN, "--name=unit-worker", f"--volume={mark}:/etc/maidenhair-cluster:ro", NODE)
    seen = []
    for act in (ENGINE.pause, ENGINE.resume, ENGINE.stop, ENGINE.start, ENGINE.stop):
        act("unit-worker")
        seen += [container.state for container in ENGINE.containers("unit")]
    assert seen == ["paused", "running", "exited", "running", "exited"]
    provider.down()
    assert ENGINE.containers("unit") == []


def test_the_engine_builds_has_and_saves_images(podman: Podman, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("ARG BASE\nFROM $BASE\nCOPY file /file\n")
    (tmp_path / "file").touch()
    image = "maidenhair.dev/built:1"
    assert not ENGINE.has_image(image)
    ENGINE.build(tmp_path / "Dockerfile", tmp_path, image, {"BASE": NODE})
    assert ENGINE.has_image(image)
    ENGINE.save(image, tmp_path / "image.tar")
    assert (tmp_path / "image.tar").stat().st_size
    with pytest.raises(ClusterError, match="`podman pull --quiet` exited with status 125"):
        ENGINE.pull("localhost:1/absent:1")


@pytest.mark.parametrize("name", ["server", "runner"])
def test_podman_reads_a_dockerfile_up_to_the_missing_base_image(name: str, podman: Podman) -> None:
    dockerfile = ROOT / "images" / name / "Dockerfile"
    build = ("build", "--pull=never", f"--file={dockerfile}", str(dockerfile.parent))
    with pytest.raises(subprocess.CalledProcessError) as raised:
        podman.run(*build)
    assert "image not known" in raised.value.stderr


def test_podman_refuses_an_invalid_dockerfile(podman: Podman, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nMOON /\n")
    with pytest.raises(ClusterError, match=r"(?i)unknown instruction"):
        ENGINE.build(tmp_path / "Dockerfile", tmp_path, "maidenhair.dev/none:1", {})
