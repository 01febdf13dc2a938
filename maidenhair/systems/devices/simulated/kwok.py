"""KWOK: keeps simulated nodes alive, and has pods run there that never start."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

LEASE_SECONDS = 20
END_SECONDS = 10.0


class Kwok:
    """One KWOK process for the nodes of a label; a context manager.

    Args:
        program: its executable.
        kubeconfig: the cluster's.
        selector: the label of its nodes, such as "example.com/fleet=one"; others are none of its business.
        log: the file that it writes to.
    """

    def __init__(self, program: Path, kubeconfig: Path, selector: str, log: Path) -> None:
        self._log = log
        # It ends with this process, however that ends.
        self._command = [
            *("setpriv", "--pdeathsig", "KILL", "--"),
            str(program),
            f"--kubeconfig={kubeconfig}",
            f"--manage-nodes-with-label-selector={selector}",
            f"--node-lease-duration-seconds={LEASE_SECONDS}",
        ]

    def __enter__(self) -> Self:
        """Start it; whether it does its work shows in the nodes."""
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End it."""
        self._process.kill()
        self._process.wait(END_SECONDS)

    def trouble(self) -> str | None:
        """Return how it ended and what it wrote last, None while it runs: a stop condition of waits."""
        code = self._process.poll()
        if code is None:
            return None
        last = self._log.read_text(errors="replace").splitlines()[-5:]
        return "\n".join([f"KWOK ended with {code}; it wrote last:", *last])
