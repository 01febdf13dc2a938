"""A cluster of profile "api": a control plane on ports of the host, without nodes and root."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hamcrest import equal_to

from maidenhair._util import paths
from maidenhair._util.progress import Progress
from maidenhair.clusters.embedded.provider import EmbeddedProvider
from maidenhair.clusters.provider import Cluster
from maidenhair.config.cluster import Settings
from maidenhair.errors import ClusterError
from maidenhair.kube import Kube
from maidenhair.waiting import eventually

MAIDENHAIR = [sys.executable, "-m", "maidenhair"]


def own(name: str) -> str:
    """Return a cluster name that no other test process uses."""
    return f"{name}-{os.getpid()}"


def provider(name: str, profile: str = "api") -> EmbeddedProvider:
    return EmbeddedProvider(Settings(cluster_name=name, profile=profile), Progress())


def maidenhair(*arguments: str, prefix: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*prefix, *MAIDENHAIR, *arguments], capture_output=True, text=True, check=False
    )


def test_the_api_answers_with_its_true_version(api_cluster: Cluster) -> None:
    kubectl = [str(api_cluster.kubectl), f"--kubeconfig={api_cluster.kubeconfig}"]
    answer = subprocess.run(
        [*kubectl, "version", "-o=json"], capture_output=True, text=True, check=True
    )
    versions = json.loads(answer.stdout)
    expected = f"v{Settings().kubernetes_version}"
    assert versions["serverVersion"]["gitVersion"] == expected
    assert versions["clientVersion"]["gitVersion"] == expected


def test_controllers_work(api_cluster: Cluster) -> None:
    kube = Kube.from_kubeconfig(api_cluster.kubeconfig)
    account = kube.get("v1", "ServiceAccount", "default", "default")
    assert account is not None


def test_only_its_user_can_read_the_kubeconfig(api_cluster: Cluster) -> None:
    assert stat.S_IMODE(api_cluster.kubeconfig.stat().st_mode) == 0o600
    keys = list(api_cluster.kubeconfig.parent.glob("pki/*.key"))
    assert keys
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}


def test_a_second_up_returns_the_running_cluster(api_cluster: Cluster) -> None:
    assert provider(api_cluster.name).up() == api_cluster


def test_a_running_cluster_with_another_profile_is_refused(api_cluster: Cluster) -> None:
    settings = Settings(cluster_name=api_cluster.name, nodes=2)
    with pytest.raises(ClusterError) as refused:
        EmbeddedProvider(settings, Progress()).up()
    message = str(refused.value).splitlines()
    assert message[1:3] == ["  profile: api (requested: node)", "  nodes: 0 (requested: 2)"]
    assert f"cluster down --name {api_cluster.name}" in message[-1]


def test_images_cannot_be_loaded_without_nodes(api_cluster: Cluster, tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match=r"cannot load images into cluster .* it has no nodes"):
        provider(api_cluster.name).load_images([tmp_path / "image.tar"])


def test_status_lists_every_component(api_cluster: Cluster) -> None:
    result = maidenhair("cluster", "status", "--json", "--name", api_cluster.name, "--profile=api")
    assert result.returncode == 0, result.stderr
    states = json.loads(result.stdout)["components"]
    assert {state["name"] for state in states} == {
        "etcd",
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
    }
    assert {state["state"] for state in states} == {"running"}


def test_the_kubeconfig_command_prints_its_path(api_cluster: Cluster) -> None:
    result = maidenhair("cluster", "kubeconfig", "--name", api_cluster.name, "--profile=api")
    assert result.stdout.strip() == str(api_cluster.kubeconfig)


def test_where_there_is_no_cluster_the_commands_say_so() -> None:
    for command in ("status", "kubeconfig"):
        result = maidenhair("cluster", command, "--name", "tests-none")
        assert result.returncode == 1
        assert "tests-none" in result.stdout + result.stderr
        assert "maidenhair cluster up" in result.stdout + result.stderr
    assert maidenhair("cluster", "down", "--name", "tests-none").returncode == 0


def test_a_wrong_name_or_profile_is_refused_before_anything_starts() -> None:
    wrong_name = maidenhair("cluster", "up", "--name", "Not/A/Name", "--profile=api")
    assert (wrong_name.returncode, "lower-case" in wrong_name.stderr) == (2, True)
    wrong_profile = maidenhair("cluster", "up", "--name", "tests-wrong", "--profile=nodes")
    assert (wrong_profile.returncode, "node, api" in wrong_profile.stderr) == (2, True)


def test_logs_are_those_of_a_component_up_to_its_last_lines(api_cluster: Cluster) -> None:
    name = f"--name={api_cluster.name}"
    result = maidenhair("cluster", "logs", "control-plane", "kube-apiserver", "--tail=2", name)
    assert len(result.stdout.splitlines()) == 2
    assert set(result.stdout.splitlines()) <= set(log_of(api_cluster, "kube-apiserver"))
    everything = provider(api_cluster.name).logs(tail=1)
    assert {line.component for line in everything} >= {"kube-apiserver", "kube-scheduler"}
    with pytest.raises(ClusterError, match="no component 'kubelet'; there are: etcd, kube-api"):
        next(provider(api_cluster.name).logs("control-plane", "kubelet"))


def test_logs_can_be_followed_while_a_component_is_restarted(api_cluster: Cluster) -> None:
    name = f"--name={api_cluster.name}"
    arguments = ["cluster", "logs", "control-plane", "kube-scheduler", "--tail=1", "--follow", name]
    begin = len(log_of(api_cluster, "kube-scheduler"))
    follower = subprocess.Popen([*MAIDENHAIR, *arguments], stdout=subprocess.PIPE, text=True)
    try:
        assert follower.stdout is not None
        assert follower.stdout.readline()
        restarted = maidenhair("cluster", "restart", "kube-scheduler", name, "--profile=api")
        assert restarted.returncode == 0, restarted.stderr
        line = follower.stdout.readline().rstrip("\n")
        assert line in log_of(api_cluster, "kube-scheduler")[begin:]
    finally:
        follower.kill()
        follower.communicate()
    assert provider(api_cluster.name).status().healthy


def test_an_unknown_machine_component_or_node_is_refused(api_cluster: Cluster) -> None:
    cluster = provider(api_cluster.name)
    with pytest.raises(ClusterError, match="no machine 'moon'; its machines: control-plane"):
        cluster.restart("moon", "etcd")
    with pytest.raises(ClusterError, match="no component 'moon'; it has: etcd, kube-apiserver"):
        cluster.restart("control-plane", "moon")
    with pytest.raises(ClusterError, match="has no node 'node-1'; its nodes: none"):
        cluster.stop_node("node-1")


def test_a_dead_component_is_reported_and_restarted_or_the_cluster_created_again() -> None:
    damaged = provider(own("tests-damaged"))
    try:
        damaged.up()
        record = (
            paths.state_dir()
            / "clusters"
            / own("tests-damaged")
            / "machines/control-plane/status.json"
        )
        _kill(record)
        damaged.restart("control-plane", "kube-scheduler")
        assert damaged.status().healthy
        _kill(record)
        with pytest.raises(
            ClusterError, match=r"kube-scheduler on machine control-plane exited with code -9"
        ):
            damaged.find()
        states = maidenhair("cluster", "status", "--name", own("tests-damaged"), "--profile=api")
        assert states.returncode == 1
        assert "kube-scheduler            exited" in states.stdout
        damaged.up()
        assert {state.state for state in damaged.status().components} == {"running"}
    finally:
        damaged.down()
    assert damaged.leftovers() == []


def test_a_cluster_created_by_use_is_removed_with_its_last_user() -> None:
    shared = provider(own("tests-shared"))
    with shared.use() as first:
        with provider(own("tests-shared")).use() as second:
            assert second == first
        assert shared.find() == first
    assert shared.find() is None
    assert shared.leftovers() == []


def test_the_control_plane_needs_no_privileges() -> None:
    drop = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs")
    capless = provider(own("tests-capless"))
    try:
        result = maidenhair(
            "cluster", "up", "--name", own("tests-capless"), "--profile=api", prefix=drop
        )
        assert result.returncode == 0, result.stderr
        assert capless.find() is not None
    finally:
        capless.down()


def log_of(cluster: Cluster, component: str) -> list[str]:
    folder = cluster.kubeconfig.parent / "machines" / "control-plane" / "log"
    return (folder / f"{component}.log").read_text().splitlines()


def _kill(record: Path) -> None:
    """Kill the scheduler of the cluster with this record, and wait until its status shows that."""
    os.kill(json.loads(record.read_text())["kube-scheduler"]["pid"], 9)
    eventually(
        lambda: json.loads(record.read_text())["kube-scheduler"]["state"],
        equal_to("exited"),
        within=60,
    )
