"""A run whose account may use Computes in one namespace, and nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from maidenhair._util.progress import Progress
from maidenhair.clusters.provider import Cluster
from maidenhair.kube import Kube
from maidenhair.suite.session import open_session
from maidenhair.systems.skytorch.api.compute import API_VERSION, KIND, ComputeView
from tests.cluster.accounts import CONTEXT, account_for_computes
from tests.project import ROOT, run_settings

SPECS = (
    "features/compute/managed.feature",
    "features/cluster/managed.feature",
    "features/tensors/health.feature",
)
SKIPPED = (
    "lacks the capability own-namespaces (@use.with_own_namespaces=yes): the run's account may not"
)


@pytest.fixture
def admin(systems_cluster: Cluster) -> Iterator[Kube]:
    client = Kube.from_kubeconfig(systems_cluster.kubeconfig, systems_cluster.context)
    yield client
    client.close()


@pytest.fixture
def team(admin: Kube) -> Iterator[str]:
    """Return a namespace with a Compute that belongs to no run."""
    manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"generateName": "team-"}}
    name = admin.create(manifest)["metadata"]["name"]
    ComputeView(admin, name, "theirs").apply(suspend=True)
    yield name
    admin.delete("v1", "Namespace", name)


def test_specs_share_the_namespace_of_an_account_for_computes(
    systems_cluster: Cluster, admin: Kube, team: str, tmp_path: Path
) -> None:
    settings = run_settings(provider="embedded", cluster_name=systems_cluster.name)
    with open_session(settings, Progress()) as session:
        image = session.states["skytorch"].server_image
    done = subprocess.run(
        [sys.executable, "-m", "maidenhair", "run", "-j", "2", *SPECS],
        cwd=ROOT,
        env={
            **os.environ,
            "MAIDENHAIR_PROVIDER": "existing",
            "MAIDENHAIR_KUBECONFIG": str(account_for_computes(systems_cluster, tmp_path, team)),
            "MAIDENHAIR_CONTEXT": CONTEXT,
            "SKYTORCH_TEST_IMAGE": image,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )

    assert done.returncode == 0, done.stdout
    assert re.fullmatch("4 passed, 0 failed, 3 skipped", done.stdout.splitlines()[-1])
    assert f"specs share Namespace {team}" in done.stdout
    assert SKIPPED in done.stdout
    left = admin.list(API_VERSION, KIND, team)
    assert [each["metadata"]["name"] for each in left] == ["theirs"]
