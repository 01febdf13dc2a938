"""The REAL kind, as the toolchain provides it, in a place of its own."""

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
    """Give the real kind, and the kubectl that goes with a cluster."""
    try:
        return Toolchain(Settings(), Progress()).ensure(["kind", "kubectl"])
    except ToolchainError as error:
        unavailable(str(error))


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder of the test's own for clusters."""
    monkeypatch.setenv("MAIDENHAIR_STATE_DIR", str(tmp_path / "state"))
    return paths.state_dir()


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder that comes first on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


@pytest.fixture
def docker(bin_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    """Give a FAKE docker for the real kind: no engine answers here."""
    fake = FakeDocker(tmp_path / "engine")
    fake.install(bin_folder)
    monkeypatch.setenv("FAKE_DOCKER", str(fake.folder))
    return fake


@pytest.fixture
def make_provider(tools: Mapping[str, Tool], state: Path, tmp_path: Path) -> MakeProvider:
    """Make a provider with the real kind, for a cluster "unit" of further settings."""

    def make(**settings: str) -> KindProvider:
        named = {name: tool.path for name, tool in tools.items()}
        wanted = Settings(provider="kind", cluster_name="unit", tools=named, **settings)  # type: ignore[arg-type]
        return KindProvider(wanted, Progress(), artifacts=tmp_path / "artifacts")

    return make
