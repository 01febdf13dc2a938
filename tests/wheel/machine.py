"""A machine with nothing but the wheel, and a project in a folder of its own."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.wheel.installation import Installation

CHECKOUT_TOOLS = ("git", "make", "pip", "uv")


class Machine:
    """A machine with maidenhair installed in an empty folder, and without a cluster.

    Args:
        installed: the installation.
        folder: an empty folder.
        profile: the cluster's profile.
        project: the project's folder.
    """

    def __init__(self, installed: Installation, folder: Path, profile: str, project: Path) -> None:
        self._installed = installed
        self._profile = profile
        self._refused = folder / "refused"
        self._tools = folder / "tools"
        self._project = project
        self._tools.mkdir()
        for name in CHECKOUT_TOOLS:
            tool = self._tools / name
            tool.write_text(f'#!/bin/sh\necho "{name} $*" >> "{self._refused}"\nexit 127\n')
            tool.chmod(0o755)

    def run(self, line: str) -> str:
        """Run a command line that must succeed, and return its output."""
        done = self.try_to_run(line)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def try_to_run(self, line: str) -> subprocess.CompletedProcess[str]:
        """Run a command line, and return the finished process."""
        return self._installed.run(
            *shlex.split(line),
            folder=self._project,
            path=[self._tools],
            MAIDENHAIR_CLUSTER_NAME=f"tests-wheel-{os.getpid()}",
            MAIDENHAIR_PROFILE=self._profile,
            MAIDENHAIR_PROVIDER="embedded",
        )

    @contextmanager
    def cluster(self) -> Iterator[None]:
        """Start a cluster for the `with` block."""
        self.run("maidenhair cluster up")
        try:
            yield
        finally:
            self.run("maidenhair cluster down")

    @property
    def refused(self) -> str:
        """Return the commands that were called but do not exist, one a line."""
        return self._refused.read_text() if self._refused.exists() else ""
