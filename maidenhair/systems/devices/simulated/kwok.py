"""KWOK: keeps simulated nodes alive, and has pods run there that never start."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from maidenhair._util.process import Background, last_lines

LEASE_SECONDS = 20


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
        options = [
            f"--kubeconfig={kubeconfig}",
            f"--manage-nodes-with-label-selector={selector}",
            f"--node-lease-duration-seconds={LEASE_SECONDS}",
        ]
        self._running = Background([program, *options], log)

    def __enter__(self) -> Self:
        """Start it; whether it does its work shows in the nodes."""
        self._running.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End it."""
        self._running.__exit__(kind, error, traceback)

    def trouble(self) -> str | None:
        """Return how it ended and what it wrote last, None while it runs: a stop condition of waits."""
        ended = self._running.exit_description()
        if ended is None:
            return None
        return (
            f"KWOK {ended}; it wrote last:\n{last_lines(self._log.read_text(errors='replace'), 5)}"
        )
