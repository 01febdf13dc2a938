"""A kind cluster by its record and its containers: its state, its owner, and faults of its nodes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from maidenhair.clusters.kind.command import Kind
from maidenhair.clusters.kind.container_engine import Engine
from maidenhair.clusters.kind.nodes import node_states
from maidenhair.clusters.kind.provider import KindProvider
from maidenhair.clusters.kind.record import Record, read_record, write_record
from maidenhair.clusters.provider import ComponentLogs, EngineImages, LogExport, NodeFaults
from maidenhair.errors import ClusterError
from maidenhair.kube import Kube
from tests.fakes.engine import FakeDocker, write_program


def test_it_is_a_provider_with_all_that_an_engine_allows(provider: KindProvider) -> None:
    for protocol in (NodeFaults, ComponentLogs, EngineImages, LogExport):
        assert isinstance(provider, protocol)


@pytest.mark.parametrize("content", ["", "{", '{"engine": "docker"}'])
def test_a_record_that_cannot_be_read_counts_as_none(content: str, tmp_path: Path) -> None:
    (tmp_path / "record").write_text(content)
    assert read_record(tmp_path / "record") is None


def test_a_record_is_read_as_it_was_written(record: Record, tmp_path: Path) -> None:
    stopped = replace(record, stopped=("a", "b"))
    write_record(tmp_path / "record", stopped)
    assert read_record(tmp_path / "record") == stopped


@pytest.mark.parametrize(
    ("changed", "difference"),
    [
        ({"configuration": "ha"}, r"configuration ha \(requested: single-node\)"),
        ({"image": "node:2"}, r"node image node:2 \(requested: kindest/node:.*\)"),
        ({"digest": "other"}, "an earlier content of configuration single-node"),
    ],
)
def test_a_cluster_with_another_configuration_is_refused(
    changed: dict[str, Any], difference: str, running: KindProvider, folder: Path
) -> None:
    file = folder / "cluster.json"
    record = read_record(file)
    assert record is not None
    write_record(file, replace(record, **changed))
    with pytest.raises(ClusterError, match=f"runs with {difference}; .*cluster down"):
        running.find()
    with pytest.raises(ClusterError, match=f"runs with {difference}; "):
        running.up()


def test_a_running_cluster_is_found_and_used_again(
    running: KindProvider, docker: FakeDocker
) -> None:
    found = running.find()
    assert found is not None
    assert found.context == "kind-unit"
    assert running.up() == found
    assert docker.calls("run") == []


def test_a_cluster_that_lost_a_node_is_damaged(running: KindProvider, docker: FakeDocker) -> None:
    Engine("docker").stop("unit-worker")
    with pytest.raises(ClusterError, match="damaged: containers exited: unit-worker; create it"):
        running.find()
    (docker.folder / "containers").unlink()
    with pytest.raises(ClusterError, match="damaged: it has no containers"):
        running.find()


def test_a_node_that_was_stopped_on_purpose_is_no_damage(running: KindProvider) -> None:
    running.stop_node("unit-worker")
    assert running.find() is not None
    running.stop_node("unit-worker")
    with pytest.raises(ClusterError, match="node unit-worker is not running but exited; start it"):
        running.pause_node("unit-worker")


def test_a_paused_node_has_that_state_and_can_be_stopped(
    running: KindProvider, docker: FakeDocker
) -> None:
    running.pause_node("unit-worker")
    running.pause_node("unit-worker")
    assert len(docker.calls("pause")) == 1
    assert _state(running, "unit-worker") == "paused"
    running.stop_node("unit-worker")
    assert _state(running, "unit-worker") == "stopped"


def _state(provider: KindProvider, node: str) -> str:
    [state] = [each.state for each in provider.status().nodes if each.name == node]
    return state


def test_nodes_are_unknown_if_the_api_does_not_answer(running: KindProvider) -> None:
    seen = running.status()
    assert seen.exists
    assert not seen.healthy
    assert [node.state for node in seen.nodes] == ["unknown", "unknown"]


def test_an_incomplete_cluster_has_a_status(running: KindProvider, folder: Path) -> None:
    file = folder / "cluster.json"
    record = read_record(file)
    assert record is not None
    write_record(file, replace(record, complete=False))
    assert {node.reason for node in running.status().nodes} == {"the cluster is incomplete"}
    assert running.find() is None
    with pytest.raises(ClusterError, match="there is no running cluster 'unit'"):
        running.load_images([])


def test_an_image_is_built_once(provider: KindProvider, docker: FakeDocker, tmp_path: Path) -> None:
    dockerfile = tmp_path / "Dockerfile"
    for _ in range(2):
        assert provider.build_image("widget:1", dockerfile, tmp_path, {"A": "1"}) == "widget:1"
    options = [f"--file={dockerfile}", "--tag=widget:1", "--build-arg=A=1"]
    assert docker.calls("build") == [["build", *options, str(tmp_path)]]


def test_no_cluster_has_no_status(docker: FakeDocker, provider: KindProvider) -> None:
    assert not provider.status().exists
    assert provider.find() is None


def test_the_error_of_an_unknown_node_lists_the_nodes(running: KindProvider) -> None:
    message = "no node 'worker'; its nodes: unit-control-plane, unit-worker"
    for act in (running.stop_node, running.start_node, running.pause_node, running.resume_node):
        with pytest.raises(ClusterError, match=message):
            act("worker")


def test_the_error_of_an_unknown_component_lists_the_components(running: KindProvider) -> None:
    with pytest.raises(
        ClusterError, match="unit-worker has no component 'etcd'; it has: kubelet, containerd"
    ):
        running.restart("unit-worker", "etcd")
    with pytest.raises(
        ClusterError, match="no log of component 'etcd'; it has logs of: kubelet, containerd"
    ):
        running.logs(component="etcd")


def test_logs_come_from_every_component_of_every_node(running: KindProvider) -> None:
    lines = list(running.logs(tail=3))
    assert [(line.machine, line.component) for line in lines[:3]] == [
        ("unit-control-plane", "kubelet"),
        ("unit-control-plane", "containerd"),
        ("unit-control-plane", "console"),
    ]
    assert len(lines) == 6
    assert lines[0].text.endswith("journalctl --no-pager --output=cat --unit=kubelet --lines=3")
    [line] = running.logs("unit-worker", "console")
    assert line.text == "console of unit-worker"
    with pytest.raises(ClusterError, match="cannot follow 6 logs at once; name one node and one"):
        running.logs(follow=True)


def test_a_cluster_of_another_owner_is_not_removed(
    docker: FakeDocker, provider: KindProvider
) -> None:
    docker.add_container("unit-control-plane", "unit", "control-plane")
    with pytest.raises(ClusterError, match=r"the name is taken: .*'unit'.*unit-control-plane"):
        provider.down()
    assert docker.calls("rm") == []


def test_a_load_balancer_alone_belongs_to_another_owner(
    docker: FakeDocker, provider: KindProvider
) -> None:
    docker.add_container("unit-external-load-balancer", "unit", "external-load-balancer")
    with pytest.raises(ClusterError, match="the name is taken"):
        provider.down()


def test_a_load_balancer_that_an_interrupted_creation_left_is_removed(
    docker: FakeDocker, provider: KindProvider, record: Record, folder: Path, bin_folder: Path
) -> None:
    docker.add_container("unit-external-load-balancer", "unit", "external-load-balancer")
    deleted = bin_folder / "deleted"
    write_program(bin_folder / "kind", f'echo "$@" > {deleted}')
    write_record(folder / "cluster.json", replace(record, kind=str(bin_folder / "kind")))
    provider.down()
    assert (
        deleted.read_text() == f"delete cluster --name=unit --kubeconfig={folder / 'kubeconfig'}\n"
    )
    assert not folder.exists()


def test_down_without_a_cluster_does_nothing(provider: KindProvider) -> None:
    provider.down()


def test_a_kind_that_cannot_be_started_is_named(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match=r"gone delete .*` could not be started: No such file"):
        Kind(tmp_path / "gone", Engine("docker")).delete("unit", tmp_path / "kubeconfig")


class FakeApi:
    """An API that has only nodes."""

    def get(self, _: str, kind: str, name: str, namespace: str | None = None) -> Any:
        conditions = {
            "good": [{"type": "Ready", "status": "True"}],
            "bad": [{"type": "Ready", "status": "False", "reason": "R", "message": "m"}],
            "lost": [{"type": "Ready", "status": "Unknown", "reason": "R", "message": "m"}],
            "new": [],
        }
        return {"status": {"conditions": conditions[name]}} if name in conditions else None


def test_a_running_node_has_the_state_that_the_api_reports() -> None:
    containers = dict.fromkeys(("good", "bad", "lost", "new", "absent"), "running")
    states = node_states(cast(Kube, FakeApi()), containers | {"off": "stopped"})
    assert {node.name: node.state for node in states} == {
        "good": "Ready",
        "bad": "NotReady",
        "lost": "unknown",
        "new": "unknown",
        "absent": "unknown",
        "off": "stopped",
    }
