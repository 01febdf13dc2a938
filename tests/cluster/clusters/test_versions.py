"""Specs on a real cluster of each version of Kubernetes other than the default."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from maidenhair._util.progress import Progress
from maidenhair.clusters.toolchain import Toolchain
from maidenhair.config.cluster import KUBERNETES_VERSIONS, Settings
from maidenhair.kube import Kube
from maidenhair.systems.deployment import Systems
from tests.conftest import running
from tests.project import run_settings

PROJECT = Path(__file__).resolve().parents[3]
BUILD_AND_RUN_SECONDS = 7200
OTHERS = [version for version in KUBERNETES_VERSIONS if version != Settings().kubernetes_version]


@pytest.mark.versions
@pytest.mark.timeout(BUILD_AND_RUN_SECONDS)
@pytest.mark.parametrize("version", OTHERS)
def test_the_smoke_specs_pass_on_each_version(
    as_root: None, dead_clusters: None, version: str, pytestconfig: pytest.Config
) -> None:
    if "versions" not in pytestconfig.getoption("markexpr") and not is_built(version):
        pytest.skip(f"Kubernetes {version} is not built yet; `make test-versions` builds it")
    systems = Systems.of(run_settings(kubernetes_version=version))
    with running("node", "systems", systems.extensions, version) as cluster:
        kube = Kube.from_kubeconfig(cluster.kubeconfig, cluster.context)
        [node] = kube.list("v1", "Node")
        kube.close()
        assert node["status"]["nodeInfo"]["kubeletVersion"] == f"v{version}"

        done = subprocess.run(
            [sys.executable, "-m", "behave", "features", "--no-color", "--tags", "@smoke"],
            cwd=PROJECT,
            env={
                **os.environ,
                "MAIDENHAIR_CLUSTER_NAME": cluster.name,
                "MAIDENHAIR_KUBERNETES_VERSION": version,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    last = done.stdout.rstrip().splitlines()[-1]
    assert (done.returncode, " passed, 0 failed, " in last) == (0, True), done.stdout
    assert not last.startswith("0 passed")


def is_built(version: str) -> bool:
    """Return whether the version is in the cache."""
    settings = Settings(kubernetes_version=version)
    names = ("kubelet", "cloud-controller-manager")
    return all(found.tool for found in Toolchain(settings, Progress()).examine(names))
