"""Build the wheel, and install it into environments that have nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import unavailable
from tests.project import ROOT

CONSTRAINTS = ROOT / "toolchain/python/constraints.txt"
OF_THE_CACHE = ("MAIDENHAIR_CACHE_DIR", "MAIDENHAIR_HISTORY", "MAIDENHAIR_STATE_DIR")
OF_OTHERS = ("BEHAVE", "KUBECONFIG", "MAIDENHAIR_", "PYTEST", "PYTHON", "SKYTORCH_", "VIRTUAL_ENV")


@dataclass(frozen=True)
class Installation:
    """A virtual environment with the wheel in it.

    Attributes:
        folder: the environment.
    """

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def package(self) -> Path:
        """Return the folder of the installed package."""
        [found] = self.folder.glob("lib/python3.*/site-packages/maidenhair")
        return found

    def run(
        self, *command: str | Path, folder: Path, path: Sequence[Path] = (), **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of the environment, without the checkout; return the finished process.

        Args:
            command: the command, found in the environment first.
            folder: where it runs.
            path: folders of commands that come before all others.
            variables: variables of its environment.
        """
        checkout = Path(sys.executable).parent
        others = [each for each in os.get_exec_path() if Path(each) != checkout]
        search = os.pathsep.join([*map(str, path), str(self.folder / "bin"), *others])
        environment = {
            name: value
            for name, value in os.environ.items()
            if name in OF_THE_CACHE or not name.startswith(OF_OTHERS)
        }
        return subprocess.run(
            list(map(str, command)),
            cwd=folder,
            env={**environment, "PATH": search, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    def add(self, arguments: Sequence[str]) -> None:
        """Install packages; skip the test if they cannot be downloaded."""
        uv = str(Path(sys.executable).with_name("uv"))
        command = [uv, "pip", "install", "--quiet", "--python", str(self.python), *arguments]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            unavailable(f"the packages that are needed could not be installed: {done.stderr}")

    def python_says(self, program: str, folder: Path) -> str:
        """Return what a program prints."""
        done = self.run(self.python, "-c", program, folder=folder)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


def project_table() -> dict[str, Any]:
    """Return the table [project] of pyproject.toml."""
    table: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return table


def build(target: str, source: Path, folder: Path) -> Path:
    """Build a "wheel" or an "sdist" of a folder with pyproject.toml, without any other environment; return it."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", target]
    done = subprocess.run(
        [*command, "--directory", str(folder)], cwd=source, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    [built] = folder.glob("*.whl" if target == "wheel" else "*.tar.gz")
    return built


def locked_versions(folder: Path, *but: str) -> Path:
    """Return a file of the versions that are locked, except those of some packages."""
    lines = re.findall(r"(?m)^(([a-z0-9.-]+)==[^\\\n]+)", CONSTRAINTS.read_text())
    file = folder / "constraints.txt"
    file.write_text("".join(f"{line}\n" for line, name in lines if name not in but))
    return file


def install(folder: Path, arguments: Sequence[str], python: str = "") -> Installation:
    """Make a virtual environment; skip the test if the packages cannot be downloaded.

    Args:
        folder: where it is made.
        arguments: what is installed, and options for uv's `pip install`.
        python: the interpreter to make it of; this process's by default.
    """
    interpreter = python or str(getattr(sys, "_base_executable", sys.executable))
    subprocess.run([interpreter, "-m", "venv", "--without-pip", str(folder)], check=True)
    installation = Installation(folder)
    installation.add(arguments)
    return installation
