"""The project's own specs, on a running cluster."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from maidenhair._util.progress import Progress
from maidenhair.clusters.embedded.provider import EmbeddedProvider
from maidenhair.clusters.provider import Cluster
from maidenhair.config.cluster import Settings
from tests.cluster.clusters.few_specs import A_FEW_SPECS

PROJECT = Path(__file__).resolve().parents[3]


def test_the_specs_use_the_running_cluster_and_leave_it_running(systems_cluster: Cluster) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "behave", "--no-color", *A_FEW_SPECS],
        cwd=PROJECT,
        env={**os.environ, "MAIDENHAIR_CLUSTER_NAME": systems_cluster.name},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )

    assert done.returncode == 0, done.stdout
    assert " passed, 0 failed, " in done.stdout.rstrip().splitlines()[-1]
    assert not done.stdout.rstrip().splitlines()[-1].startswith("0 passed")
    assert "Starting the control plane" not in done.stdout
    found = EmbeddedProvider(Settings(cluster_name=systems_cluster.name), Progress()).find()
    assert found is not None
