"""A kind provider on a machine without a container engine, or with a FAKE one, tests/fakes/docker.py."""

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
    """Return the record of a cluster that no settings request."""
    return Record("docker", "single-node", "digest", "node:1", 1, "/kubectl", "/kind", stays=True)


@pytest.fixture(autouse=True)
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder that is the whole PATH. Cache and state are in the test's folder."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("MAIDENHAIR_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("MAIDENHAIR_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv(engines.VARIABLE, raising=False)
    return folder


@pytest.fixture
def docker(bin_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    """Return the fake engine, which answers."""
    fake = FakeDocker(tmp_path / "engine")
    fake.install(bin_folder)
    monkeypatch.setenv("FAKE_DOCKER", str(fake.folder))
    return fake


@pytest.fixture
def provider() -> KindProvider:
    """Return the provider of a cluster that does not exist."""
    return KindProvider(Settings(provider="kind", cluster_name="unit"), Progress())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of the cluster's files, which exists."""
    path = tmp_path / "state" / "kind" / "unit"
    path.mkdir(parents=True)
    return path


@pytest.fixture
def running(
    docker: FakeDocker, provider: KindProvider, record: Record, folder: Path
) -> KindProvider:
    """Return the provider of a running cluster with a control plane and a worker."""
    for name, role in (("unit-control-plane", "control-plane"), ("unit-worker", "worker")):
        docker.add_container(name, "unit", role, folder / "mark")
    configuration = provider.configuration
    complete = replace(
        record, digest=configuration.digest, image=configuration.image, complete=True
    )
    write_record(folder / "cluster.json", complete)
    (folder / "kubeconfig").write_text(KUBECONFIG)
    return provider
