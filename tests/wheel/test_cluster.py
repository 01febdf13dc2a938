"""From the wheel in an empty folder to a green run on a cluster, without a checkout, make or git."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.wheel.installation import Installation
from tests.wheel.project import CLUSTER_FEATURE, CLUSTER_STEPS, ENVIRONMENT, write_project

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(600),
    pytest.mark.usefixtures("dead_clusters"),
]
CHECKOUT_TOOLS = ("git", "make", "pip", "uv")


class Machine:
    """A machine where somebody has installed maidenhair, in an empty folder, and made no cluster yet.

    Args:
        installed: the installation.
        folder: an empty folder.
        profile: the cluster's profile.
    """

    def __init__(self, installed: Installation, folder: Path, profile: str) -> None:
        self._installed = installed
        self._profile = profile
        self._refused = folder / "refused"
        self._tools = folder / "tools"
        self.project = write_project(
            folder / "project", CLUSTER_FEATURE, CLUSTER_STEPS, ENVIRONMENT
        )
        self._tools.mkdir()
        for name in CHECKOUT_TOOLS:
            tool = self._tools / name
            tool.write_text(f'#!/bin/sh\necho "{name} $*" >> "{self._refused}"\nexit 127\n')
            tool.chmod(0o755)

    def run(self, *command: str) -> str:
        """Run a command that must succeed, and return what it printed."""
        done = self._installed.run(
            *command,
            folder=self.project,
            path=[self._tools],
            MAIDENHAIR_CLUSTER_NAME=f"tests-wheel-{os.getpid()}",
            MAIDENHAIR_PROFILE=self._profile,
            MAIDENHAIR_PROVIDER="embedded",
        )
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    @contextmanager
    def cluster(self) -> Iterator[None]:
        """Start a cluster for the body."""
        self.run("maidenhair", "cluster", "up")
        try:
            yield
        finally:
            self.run("maidenhair", "cluster", "down")

    @property
    def refused(self) -> str:
        """Return the commands that were called and are not there, one a line."""
        return self._refused.read_text() if self._refused.exists() else ""


def test_a_project_runs_on_a_control_plane(installed: Installation, tmp_path: Path) -> None:
    machine = Machine(installed, tmp_path, "api")
    with machine.cluster():
        for command in (("behave",), ("maidenhair", "run", "-j", "2")):
            printed = machine.run(*command)
            assert "1 scenario passed, 0 failed, 1 skipped" in printed
    assert machine.refused == ""


def test_a_project_runs_on_a_node(as_root: None, installed: Installation, tmp_path: Path) -> None:
    machine = Machine(installed, tmp_path, "node")
    with machine.cluster():
        assert "2 scenarios passed, 0 failed" in machine.run("behave")
    assert machine.refused == ""
