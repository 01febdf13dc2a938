"""The REAL kind from the toolchain, with state and PATH of the test's own."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from maidenhair._util import paths
from maidenhair._util.progress import Progress
from maidenhair.clusters.kind.provider import KindProvider
from maidenhair.clusters.toolchain import Tool, Toolchain
from maidenhair.config.cluster import Settings
from maidenhair.errors import ToolchainError
from tests.conftest import unavailable
from tests.fakes.engine import FakeDocker

MakeProvider = Callable[..., KindProvider]


@pytest.fixture(scope="session")
def tools() -> Mapping[str, Tool]:
    """Return the real kind and kubectl."""
    try:
        return Toolchain(Settings(), Progress()).ensure(["kind", "kubectl"])
    except ToolchainError as error:
        unavailable(str(error))


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Use an empty folder for running clusters, and return it."""
    monkeypatch.setenv("MAIDENHAIR_STATE_DIR", str(tmp_path / "state"))
    return paths.state_dir()


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the first folder of PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


@pytest.fixture
def docker(bin_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    """Return a FAKE docker for the real kind, because a test machine may have no engine."""
    fake = FakeDocker(tmp_path / "engine")
    fake.install(bin_folder)
    monkeypatch.setenv("FAKE_DOCKER", str(fake.folder))
    return fake


@pytest.fixture
def make_provider(tools: Mapping[str, Tool], state: Path, tmp_path: Path) -> MakeProvider:
    """Return a function that makes a provider with the real kind, for a cluster "unit" with further settings."""

    def make(**settings: str) -> KindProvider:
        paths = {name: tool.path for name, tool in tools.items()}
        chosen = Settings(provider="kind", cluster_name="unit", tools=paths, **settings)  # type: ignore[arg-type]
        return KindProvider(chosen, Progress(), artifacts=tmp_path / "artifacts")

    return make
