"""The REAL kind without a node image: it checks configurations and creates containers.

The engine is a FAKE, tests/fakes/docker.py: it answers like Docker's command, but runs nothing.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from maidenhair.clusters.kind.configuration import choose_configuration, configuration_names
from maidenhair.clusters.processes import processes_of
from maidenhair.config.cluster import Settings
from maidenhair.errors import ClusterError
from maidenhair.waiting import eventually
from tests.cluster.clusters.kind.conftest import MakeProvider
from tests.fakes.engine import FakeDocker, write_program
from tests.project import ROOT

OURS = configuration_names(ROOT / "kind")
NODES = {
    "single-node": ["unit-control-plane"],
    "three-nodes": ["unit-control-plane", "unit-worker", "unit-worker2"],
    "ha": [
        "unit-control-plane",
        "unit-control-plane2",
        "unit-control-plane3",
        "unit-external-load-balancer",
        "unit-worker",
        "unit-worker2",
    ],
}
IMAGE = choose_configuration(Settings()).image


@pytest.mark.parametrize("name", OURS)
def test_kind_accepts_a_configuration_and_a_taken_port_is_explained(
    name: str, docker: FakeDocker, make_provider: MakeProvider, state: Path
) -> None:
    docker.add_image(IMAGE)
    docker.take_port(len(NODES[name]))
    with pytest.raises(ClusterError, match=r"a port of this machine .* is taken") as raised:
        make_provider(kind_configuration=name).up()
    assert "Bind for 127.0.0.1:50051 failed: port is already allocated" in str(raised.value)
    calls = {call[call.index("--name") + 1]: call for call in docker.calls("run")}
    assert sorted(calls) == NODES[name]
    mark = f"--volume={state}/kind/unit/mark:/etc/maidenhair-cluster:ro"
    nodes = [call for node, call in calls.items() if "load-balancer" not in node]
    assert all(mark in call and call[-1] == IMAGE for call in nodes)
    mapped = [call for call in nodes if "--publish=127.0.0.1:50051:50051/TCP" in call]
    assert mapped == [calls["unit-control-plane"]]
    assert docker.names() == []
    assert not (state / "kind" / "unit").exists()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("nodez: [{role: worker}]", "field nodez not found in type v1alpha4.Cluster"),
        ("nodes: [{role: moon}]", '"moon" is not a valid node role'),
    ],
)
def test_the_error_of_a_refused_configuration_has_kind_s_reason(
    text: str, reason: str, docker: FakeDocker, make_provider: MakeProvider, tmp_path: Path
) -> None:
    docker.add_image(IMAGE)
    own = tmp_path / "own.yaml"
    own.write_text(f"kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n{text}\n")
    with pytest.raises(ClusterError, match="kind does not accept the configuration") as raised:
        make_provider(kind_configuration=str(own)).up()
    assert reason in str(raised.value)
    assert docker.calls("run") == []


def test_a_node_that_does_not_start_leaves_its_logs_and_nothing_else(
    docker: FakeDocker, make_provider: MakeProvider, tmp_path: Path
) -> None:
    docker.add_image("node:own")
    with pytest.raises(ClusterError, match="could not find a log line"):
        make_provider(kind_node_image="node:own").up()
    console = tmp_path / "artifacts" / "kind-unit" / "unit-control-plane" / "serial.log"
    assert console.read_text() == "console of unit-control-plane\n"
    assert docker.names() == []


def test_a_missing_node_image_is_named(docker: FakeDocker, make_provider: MakeProvider) -> None:
    message = rf"docker has no node image {IMAGE}, and it cannot be pulled: (?s:.*) no such host"
    with pytest.raises(ClusterError, match=message):
        make_provider().up()


def test_a_cluster_of_another_owner_with_the_same_name_is_not_touched(
    docker: FakeDocker, make_provider: MakeProvider
) -> None:
    docker.add_container("unit-control-plane", "unit", "control-plane")
    docker.add_image(IMAGE)
    provider = make_provider()
    for act in (provider.up, provider.down):
        with pytest.raises(
            ClusterError, match="the name is taken: docker has a kind cluster 'unit'"
        ):
            act()
    assert docker.names() == ["unit-control-plane"]


def test_the_leftovers_of_an_interrupted_creation_are_removed(
    docker: FakeDocker, make_provider: MakeProvider, state: Path
) -> None:
    mark = state / "kind" / "unit" / "mark"
    docker.add_container("unit-control-plane", "unit", "control-plane", mark)
    make_provider().down()
    assert docker.names() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_creation_leaves_nothing_and_down_removes_the_leftovers_of_a_killed_one(
    number: signal.Signals, docker: FakeDocker, make_provider: MakeProvider, state: Path
) -> None:
    docker.add_image(IMAGE)
    docker.hang()
    provider = make_provider()
    command = [sys.executable, "-m", "maidenhair", "cluster", "up"]
    variables = {"MAIDENHAIR_PROVIDER": "kind", "MAIDENHAIR_CLUSTER_NAME": "unit"}
    environment = {**os.environ, **variables}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as process:
        try:
            eventually(docker.names, ["unit-control-plane"], within=60)
            process.send_signal(number)
            process.communicate(timeout=300)
        finally:
            process.kill()
    if number == signal.SIGKILL:
        provider.down()
    else:
        assert process.returncode == 130
    assert docker.names() == []
    assert processes_of(state / "kind" / "unit") == []
    assert not (state / "kind" / "unit").exists()


def test_without_an_engine_the_command_fails_with_advice(
    bin_folder: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_program(bin_folder / "docker", "echo Cannot connect to the Docker daemon >&2; exit 1")
    write_program(bin_folder / "podman", "echo podman is broken >&2; exit 125")
    monkeypatch.setenv("MAIDENHAIR_PROVIDER", "kind")
    command = [sys.executable, "-m", "maidenhair", "cluster", "up"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "docker: Cannot connect to the Docker daemon" in ended.stderr
    assert "podman: podman is broken" in ended.stderr
    assert "MAIDENHAIR_PROVIDER=embedded" in ended.stderr
