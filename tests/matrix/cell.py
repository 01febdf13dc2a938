"""One combination of versions: how its specs are run in a copy of the checkout, and what came out."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

LAST_LINE = re.compile(r"(\d+) passed, (\d+) failed, (\d+) skipped( \(.+\))?")
SYSTEM = "skytorch-python"
"""The component of `maidenhair doctor` whose version is that of SkyTorch."""
SECONDS = 5400


@dataclass(frozen=True)
class Cell:
    """A combination of versions that is wanted.

    Attributes:
        python: a version such as "3.12", or the path of an interpreter.
        kubernetes: a version such as "1.36".
    """

    python: str
    kubernetes: str

    def __str__(self) -> str:
        return f"Python {self.python}, Kubernetes {self.kubernetes}"


@dataclass(frozen=True)
class Result:
    """The result of one combination.

    Attributes:
        python, skytorch, kubernetes: the versions that ran.
        result: the last line of the run, or why there is none.
        passed: whether specs ran and none failed.
        minutes: the wall time, set-up included.
        date: the day, such as "2026-11-30".
    """

    python: str
    skytorch: str
    kubernetes: str
    result: str
    passed: bool
    minutes: int
    date: str

    @property
    def versions(self) -> tuple[str, str, str]:
        """The versions, which identify the combination."""
        return (self.skytorch, self.kubernetes, self.python)


def run(cell: Cell, checkout: Path, log: Path, behave: str) -> Result:
    """Run `make e2e` in a checkout with the versions of a cell, and remove its cluster.

    Args:
        cell: the versions.
        checkout: a copy of the checkout without an environment.
        log: the file for the output.
        behave: arguments for behave, such as "--tags=@smoke".
    """
    variables = {
        **os.environ,
        "MAIDENHAIR_PYTHON": cell.python,
        "MAIDENHAIR_CLUSTER_NAME": "matrix",
    }
    chosen = f"KUBERNETES_VERSION={cell.kubernetes}"
    begin = time.monotonic()
    with log.open("w") as output:

        def make(*arguments: str) -> int:
            return _make(arguments, checkout, variables, output)

        try:
            status = make("e2e", chosen, f"BEHAVE={behave}")
        finally:
            make("cluster-down")
    minutes = round((time.monotonic() - begin) / 60)
    result = outcome(log.read_text(errors="replace").splitlines(), status)
    versions = _versions(cell, checkout, variables)
    passed = status == 0 and LAST_LINE.fullmatch(result) is not None
    return Result(*versions, result, passed, minutes, time.strftime("%Y-%m-%d"))


def outcome(lines: Sequence[str], status: int) -> str:
    """Return the run's last line with its counts, or the first error if it never came to them.

    Args:
        lines: the output.
        status: the exit status of make.
    """
    counts = [line for line in lines if LAST_LINE.fullmatch(line)]
    if counts:
        return counts[-1]
    errors = [line for line in lines if "error" in line.lower()]
    return (errors or [f"no spec ran; exit status {status}"])[0]


def _make(
    arguments: Sequence[str], checkout: Path, variables: dict[str, str], output: IO[str]
) -> int:
    """Run make, and return its exit status."""
    return subprocess.run(
        ["make", *arguments],
        cwd=checkout,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        timeout=SECONDS,
    ).returncode


def _versions(cell: Cell, checkout: Path, variables: dict[str, str]) -> tuple[str, str, str]:
    """Return the versions of Python, SkyTorch and Kubernetes that a checkout uses; without .venv, the wanted ones."""
    program = checkout / ".venv/bin/python"
    if not program.exists():
        return cell.python, "none", cell.kubernetes
    python = subprocess.run(
        [program, "-c", "import platform; print(platform.python_version())"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    # Its exit status is 1 if a component is missing; it lists the components all the same.
    found = json.loads(
        subprocess.run(
            [program, "-m", "maidenhair", "doctor", "--json"],
            cwd=checkout,
            env={**variables, "MAIDENHAIR_KUBERNETES_VERSION": cell.kubernetes},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ).stdout
    )
    [system] = (each for each in found["components"] if each["name"] == SYSTEM)
    return python, system["version"], found["kubernetes_version"]
