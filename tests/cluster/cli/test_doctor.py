"""`maidenhair doctor` with a real cluster, which it does not change."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from maidenhair.clusters.provider import Cluster


def test_an_existing_cluster_that_answers_is_enough(api_cluster: Cluster) -> None:
    chosen = {
        "MAIDENHAIR_PROVIDER": "existing",
        "MAIDENHAIR_CONTEXT": api_cluster.context,
        "MAIDENHAIR_KUBECONFIG": str(api_cluster.kubeconfig),
    }
    done = subprocess.run(
        [sys.executable, "-m", "maidenhair", "doctor", "--json"],
        env={**os.environ, **chosen},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    checks = {check["name"]: check for check in json.loads(done.stdout)["machine"]}
    answers = f"context {api_cluster.context} of {api_cluster.kubeconfig} answers"
    assert checks["existing cluster"]["found"] == answers
