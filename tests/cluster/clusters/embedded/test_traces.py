"""Clusters leave nothing on the machine, even if their creation is terminated, and do not disturb each other."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
from hamcrest import not_

from maidenhair._util import paths
from maidenhair._util.progress import Progress
from maidenhair.clusters.embedded.provider import EmbeddedProvider
from maidenhair.clusters.provider import Cluster
from maidenhair.clusters.toolchain import Toolchain
from maidenhair.config.cluster import Settings
from maidenhair.kube import Kube
from maidenhair.waiting import eventually
from tests.cluster.clusters.machine_state import alive, look, namespaces_of
from tests.cluster.pods import address_of, await_ready, fetch, server, service
from tests.conftest import load_python_image


def own(name: str) -> str:
    """Return a cluster name that no other test process uses."""
    return f"{name}-{os.getpid()}"


def provider(name: str) -> EmbeddedProvider:
    return EmbeddedProvider(Settings(cluster_name=name), Progress())


def serve(cluster: Cluster, name: str) -> str:
    """Run a pod in a cluster that serves its name, and return its service's address."""
    image = load_python_image(cluster)
    kube = Kube.from_kubeconfig(cluster.kubeconfig)
    try:
        kube.apply(server(name, image))
        kube.apply(service(name, "LoadBalancer"))
        await_ready(kube, name)
        return address_of(kube, name)
    finally:
        kube.close()


def answer(address: str) -> str:
    """Wait until an address answers, and return the last line of the answer."""

    def served() -> str:
        return fetch(address, 80).splitlines()[-1]

    return str(eventually(served, not_(""), within=60, tolerate=(OSError,)))


def test_a_second_cluster_does_not_disturb_the_first_and_leaves_nothing_on_the_machine(
    node_cluster: Cluster,
) -> None:
    name = own("tests-leaves-nothing")
    before, rules = look(name), _rules()
    first = serve(node_cluster, "here")
    second = provider(name)
    try:
        address = serve(second.up(), "there")
        assert (answer(first), answer(address)) == ("here", "there")
        during, namespaces, seen = look(name), namespaces_of(name), time.time()
        assert during.links - before.links
        assert during.cgroups - before.cgroups
        assert during.processes - before.processes
        assert during.files - before.files == {str(paths.state_dir() / "clusters" / name)}
        assert during.mounts == before.mounts
        assert alive(namespaces, seen) == namespaces != frozenset()
        assert _rules() == rules
    finally:
        second.down()
    assert second.leftovers() == []
    assert look(name) == before
    assert alive(namespaces, seen) == frozenset()
    assert answer(first) == "here"


def test_up_works_with_a_handler_of_sigterm_and_a_sigterm_removes_everything(
    as_root: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIDENHAIR_PROVIDER", "embedded")
    name = own("tests-terminated")
    before = look(name)
    command = [sys.executable, "-m", "maidenhair", "cluster", "up", "--name", name]
    try:
        up = subprocess.run(command, capture_output=True, text=True, check=False)
        assert up.returncode == 0, up.stderr
        assert "Interrupted" not in up.stderr
    finally:
        provider(name).down()
    owner = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    eventually(
        lambda: (paths.state_dir() / "clusters" / name / "machines").exists(), True, within=60
    )
    owner.terminate()
    output, _ = owner.communicate()
    assert owner.returncode == 130
    assert output.count("Interrupted.") == 1
    assert provider(name).leftovers() == []
    assert look(name) == before


def _rules() -> str:
    """Return the rules and chains of the host's packet filter."""
    tool = Toolchain(Settings(), Progress()).ensure(["iptables"])["iptables"]
    command = [str(tool.path / "iptables-save")]
    environment = {**os.environ, **tool.environment}
    saved = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True
    ).stdout
    return "".join(line for line in saved.splitlines(True) if not line.startswith("#"))
