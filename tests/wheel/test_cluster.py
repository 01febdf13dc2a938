"""From the wheel in an empty folder to a green run on a cluster, without a checkout, make or git."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.wheel.installation import Installation
from tests.wheel.machine import Machine
from tests.wheel.project import CLUSTER_FEATURE, CLUSTER_STEPS, ENVIRONMENT, write_project

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(600),
    pytest.mark.usefixtures("dead_clusters"),
]


def own_project(folder: Path) -> Path:
    """Write a project, and return its folder."""
    return write_project(folder / "project", CLUSTER_FEATURE, CLUSTER_STEPS, ENVIRONMENT)


def test_a_project_runs_on_a_control_plane(installed: Installation, tmp_path: Path) -> None:
    machine = Machine(installed, tmp_path, "api", own_project(tmp_path))
    with machine.cluster():
        for command in ("behave", "maidenhair run -j 2"):
            printed = machine.run(command)
            assert "1 passed, 0 failed, 1 skipped" in printed
    assert machine.refused == ""


def test_a_project_runs_on_a_node(as_root: None, installed: Installation, tmp_path: Path) -> None:
    machine = Machine(installed, tmp_path, "node", own_project(tmp_path))
    with machine.cluster():
        assert "2 passed, 0 failed" in machine.run("behave")
    assert machine.refused == ""
