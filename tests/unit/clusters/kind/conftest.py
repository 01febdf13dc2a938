"""A kind provider on a machine whose only engine, if any, is a FAKE: tests/fakes/docker.py, which runs nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from maidenhair._util.progress import Progress
from maidenhair.clusters.kind import container_engine as engines
from maidenhair.clusters.kind.provider import KindProvider
from maidenhair.clusters.kind.record import Record, write_record
from maidenhair.config.cluster import Settings
from tests.fakes.engine import FakeDocker

# Nothing listens there.
KUBECONFIG = """
apiVersion: v1
kind: Config
clusters: [{name: kind-unit, cluster: {server: "https://127.0.0.1:1"}}]
contexts: [{name: kind-unit, context: {cluster: kind-unit, user: kind-unit}}]
current-context: kind-unit
users: [{name: kind-unit, user: {token: none}}]
"""


@pytest.fixture
def record() -> Record:
    """Give the record of a cluster of other making than any."""
    return Record("docker", "single-node", "digest", "node:1", 1, "/kubectl", "/kind", stays=True)


@pytest.fixture(autouse=True)
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Hide the machine's engines, and give the folder that PATH consists of; cache and state are the test's own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("MAIDENHAIR_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("MAIDENHAIR_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv(engines.VARIABLE, raising=False)
    return folder


@pytest.fixture
def docker(bin_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    """Give the fake engine, which answers."""
    fake = FakeDocker(tmp_path / "engine")
    fake.install(bin_folder)
    monkeypatch.setenv("FAKE_DOCKER", str(fake.folder))
    return fake


@pytest.fixture
def provider() -> KindProvider:
    """Give the provider of a cluster that is not there."""
    return KindProvider(Settings(provider="kind", cluster_name="unit"), Progress())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give the folder in which the provider keeps its cluster's files; it is made."""
    path = tmp_path / "state" / "kind" / "unit"
    path.mkdir(parents=True)
    return path


@pytest.fixture
def running(
    docker: FakeDocker, provider: KindProvider, record: Record, folder: Path
) -> KindProvider:
    """Give the provider of a cluster with a control plane and a worker."""
    for name, role in (("unit-control-plane", "control-plane"), ("unit-worker", "worker")):
        docker.add_container(name, "unit", role, folder / "mark")
    wanted = provider.wanted
    complete = replace(record, digest=wanted.digest, image=wanted.image, complete=True)
    write_record(folder / "cluster.json", complete)
    (folder / "kubeconfig").write_text(KUBECONFIG)
    return provider
