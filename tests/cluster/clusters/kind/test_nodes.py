"""Nodes of a kind cluster with a REAL API and the containers of a FAKE engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Event, Thread

import pytest
import yaml

from maidenhair.clusters.kind import nodes
from maidenhair.clusters.kind.layout import layout_for
from maidenhair.clusters.kind.nodes import await_nodes
from maidenhair.clusters.kind.provider import KindProvider
from maidenhair.clusters.kind.record import Record, write_record
from maidenhair.clusters.provider import Cluster
from maidenhair.errors import ClusterError
from maidenhair.kube import Kube
from tests.cluster.clusters.kind.conftest import MakeProvider
from tests.fakes.engine import FakeDocker

NODE = "unit-worker"
LEASE = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease"}
RENEWAL_SECONDS = 5.0
LATER = datetime.now(UTC) + timedelta(hours=1)


@pytest.fixture
def kube(api_cluster: Cluster) -> Iterator[Kube]:
    """Return an API with a Ready node, whose Lease is renewed with times of an hour from now."""
    with closing(Kube.from_kubeconfig(api_cluster.kubeconfig)) as kube:
        kube.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE}})
        metadata = {"name": NODE, "namespace": "kube-node-lease"}
        kube.create({**LEASE, "metadata": metadata, "spec": {"holderIdentity": NODE}})
        with ready_node(kube):
            yield kube
        kube.delete(LEASE["apiVersion"], LEASE["kind"], NODE, "kube-node-lease")
        kube.delete("v1", "Node", NODE)


@contextmanager
def ready_node(kube: Kube) -> Iterator[None]:
    """Renew the node's Lease and condition during the `with` block; without, it is NotReady after 40 s."""
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "m"}
    ended = Event()

    def renew(number: int) -> None:
        kube.patch_status("v1", "Node", NODE, {"conditions": [ready]})
        renewed = LATER + timedelta(milliseconds=number)
        spec = {"spec": {"renewTime": renewed.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}}
        kube.patch(LEASE["apiVersion"], LEASE["kind"], NODE, spec, "kube-node-lease")

    def renew_all_the_time() -> None:
        for number in count(1):
            if ended.wait(RENEWAL_SECONDS):
                return
            renew(number)

    renew(0)
    renewing = Thread(target=renew_all_the_time)
    renewing.start()
    try:
        yield
    finally:
        ended.set()
        renewing.join()


@pytest.fixture
def provider(
    kube: Kube,
    api_cluster: Cluster,
    docker: FakeDocker,
    make_provider: MakeProvider,
    state: Path,
) -> KindProvider:
    layout, provider = layout_for("unit", state), make_provider()
    layout.folder.mkdir(parents=True)
    docker.add_container(NODE, "unit", "worker", layout.mark)
    loaded = yaml.safe_load(api_cluster.kubeconfig.read_text())
    loaded["contexts"][0]["name"] = loaded["current-context"] = layout.context
    layout.kubeconfig.write_text(yaml.safe_dump(loaded))
    requested = provider.configuration
    content = (requested.name, requested.digest, requested.image, 1)
    record = Record("docker", *content, str(api_cluster.kubectl), "/kind", stays=True)
    write_record(layout.record, replace(record, complete=True))
    return provider


def test_the_wait_for_a_node_requires_a_renewed_lease(
    kube: Kube, monkeypatch: pytest.MonkeyPatch
) -> None:
    await_nodes(kube, [NODE], datetime.now(UTC))
    monkeypatch.setattr(nodes, "READY_SECONDS", 0.1)
    with pytest.raises(ClusterError, match=f"kubelet of {NODE} has not renewed its Lease yet"):
        await_nodes(kube, [NODE], LATER + timedelta(seconds=1))
    with pytest.raises(ClusterError, match="absent is unknown: the API server does not know it"):
        await_nodes(kube, ["absent"])


def test_after_each_fault_the_node_becomes_ready_again(provider: KindProvider) -> None:
    seen = []
    for act in (
        provider.pause_node,
        provider.resume_node,
        provider.stop_node,
        provider.start_node,
        provider.restart,
    ):
        act(NODE)
        [node] = provider.status().nodes
        seen.append(node.state)
    assert seen == ["paused", "Ready", "stopped", "Ready", "Ready"]
    assert provider.status().healthy
    assert provider.find() is not None


def test_a_component_is_killed_and_started_again(
    provider: KindProvider, docker: FakeDocker
) -> None:
    provider.restart(NODE, "kubelet")
    assert [call[1:] for call in docker.calls("exec")] == [
        [NODE, "systemctl", "kill", "--signal=KILL", "kubelet"],
        [NODE, "systemctl", "restart", "kubelet"],
    ]
