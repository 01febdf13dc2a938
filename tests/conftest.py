"""Fixtures of tests that use a real embedded cluster."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import psutil
import pytest

from maidenhair._util import paths
from maidenhair._util.progress import Progress
from maidenhair.clusters.embedded.provider import EmbeddedProvider
from maidenhair.clusters.images import Image, ImageMaker, build_images
from maidenhair.clusters.provider import Cluster, Extensions
from maidenhair.config.cluster import Settings
from maidenhair.errors import ToolchainError
from maidenhair.systems.deployment import Systems
from tests.cluster import small_folder
from tests.project import run_settings

CLUSTER_TESTS = Path(__file__).parent / "cluster"
CLUSTER_TIMEOUT_SECONDS = 900
SHARED = ("node_cluster", "systems_cluster", "api_cluster", "three_nodes", "skytorch_server")
BY_FILE = ("api_cluster",)
"""Shared fixtures that several processes may have at once, because one takes seconds and little memory."""


def pytest_configure(config: pytest.Config) -> None:
    """Let the commands that tests start be interrupted, even if the run itself ignores SIGINT, and keep no history."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # The default is a file in the user's cache for each folder, and tests make many folders.
    os.environ["MAIDENHAIR_HISTORY"] = os.devnull


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests in tests/cluster, set their time limits, and group those that share a fixture in one process.

    Before pytest-xdist looks at the marks.
    """
    for item in items:
        for shared in SHARED:
            if shared in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.xdist_group(_group(shared, item)))
        if item.path.is_relative_to(CLUSTER_TESTS):
            item.add_marker("cluster")
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(CLUSTER_TIMEOUT_SECONDS))


def _group(shared: str, item: pytest.Item) -> str:
    """Return the group of a test with a shared fixture. Tests of one group run in one process."""
    return f"{shared} {item.path.stem}" if shared in BY_FILE else shared


def unavailable(reason: str) -> NoReturn:
    """Skip the test because the machine lacks something. Fail it on CI, which must have everything."""
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(f"on CI nothing may be missing: {reason}", pytrace=False)
    pytest.skip(reason, allow_module_level=True)


def imported(name: str) -> Any:
    """Return a module that `maidenhair setup` installs. Skip the test if it is missing."""
    try:
        return import_module(name)
    except ModuleNotFoundError:
        unavailable(f"{name} is not installed for this Python; `make setup` installs it")


@pytest.fixture(scope="session")
def as_root() -> None:
    """Skip tests that need root for other users."""
    if os.geteuid() != 0:
        unavailable("needs root, to make network and mount namespaces")


@pytest.fixture(scope="session")
def api_cluster(dead_clusters: None) -> Iterator[Cluster]:
    """Yield a control plane without nodes, for the tests of this process."""
    with running("api") as cluster:
        yield cluster


@pytest.fixture(scope="session")
def node_cluster(as_root: None, dead_clusters: None) -> Iterator[Cluster]:
    """Yield a cluster with one node, for the tests of this process; no system may be deployed on it."""
    with running("node") as cluster:
        yield cluster


@pytest.fixture(scope="session")
def systems_cluster(as_root: None, dead_clusters: None) -> Iterator[Cluster]:
    """Yield a cluster with one node, on which the tests of this process may deploy the systems of this repository.

    Its containers see SkyTorch and torch.
    """
    with running("node", "systems", Systems.of(run_settings()).extensions) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def three_nodes(as_root: None, dead_clusters: None) -> Iterator[Cluster]:
    """Yield a cluster with three nodes, for the tests of this process."""
    with running("node", nodes=3) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def dead_clusters() -> None:
    """Remove the clusters of test processes that were killed."""
    for folder in (paths.state_dir() / "clusters").glob("tests-*"):
        owner = folder.name.rpartition("-")[2]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            EmbeddedProvider(Settings(cluster_name=folder.name), Progress()).down()


@contextmanager
def running(
    profile: str,
    purpose: str | None = None,
    extensions: Extensions = small_folder.EXTENSIONS,
    version: str = Settings().kubernetes_version,
    nodes: int = 1,
) -> Iterator[Cluster]:
    """Start a cluster for the `with` block, and remove it afterwards.

    Args:
        profile: "node" or "api".
        purpose: a word for its name, which tells it from other clusters of this process; by default the profile.
        extensions: what is added to it.
        version: the version of Kubernetes.
        nodes: the number of its nodes.
    """
    name = f"tests-{purpose or profile}{nodes}-{version.replace('.', '-')}-{os.getpid()}"
    settings = Settings(cluster_name=name, profile=profile, nodes=nodes, kubernetes_version=version)
    provider = EmbeddedProvider(settings, Progress(), extensions)
    try:
        cluster = provider.up()
    except ToolchainError as error:
        unavailable(str(error))
    try:
        yield cluster
    finally:
        provider.down()


def provider_of(cluster: Cluster) -> EmbeddedProvider:
    """Return the provider of a cluster with nodes of a fixture, without systems."""
    nodes = 3 if "multi-node" in cluster.capabilities else 1
    settings = Settings(cluster_name=cluster.name, nodes=nodes)
    return EmbeddedProvider(settings, Progress(), small_folder.EXTENSIONS)


def load_python_image(cluster: Cluster) -> str:
    """Load an image of this Python on every node, and return its name."""
    image = build_images({}, ["python"], {"python": _python})["python"]
    provider_of(cluster).load_images([image.archive])
    return image.name


def _python(maker: ImageMaker) -> Image:
    tag = f"{sys.version_info.major}.{sys.version_info.minor}"
    return maker.python("python", tag, ["python"], search="")
