"""The fixture of a small suite for the control plane without nodes."""

from __future__ import annotations

from pathlib import Path

import pytest

from maidenhair.clusters.provider import Cluster

from .small_suite import ENVIRONMENT, STEPS, Suite


@pytest.fixture
def suite(tmp_path: Path, api_cluster: Cluster) -> Suite:
    (tmp_path / "environment.py").write_text(ENVIRONMENT)
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "all.py").write_text(STEPS)
    (tmp_path / "features").mkdir()
    return Suite(tmp_path, api_cluster)
