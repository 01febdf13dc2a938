"""KWOK: a program that keeps simulated nodes Ready, and sets their pods Running without containers.

A pod that HAMi has bound runs only once device plugins have allocated its devices, as with a kubelet.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from maidenhair._util.process import Background, last_lines

LEASE_SECONDS = 20
STAGES = Path(__file__).with_name("stages.yaml")


class Kwok:
    """One KWOK process for the nodes with a label: a context manager.

    Args:
        program: the path of KWOK.
        kubeconfig: the cluster's kubeconfig.
        selector: the label of the nodes, for example "example.com/fleet=one". KWOK ignores other nodes.
        log: the file for KWOK's output.
    """

    def __init__(self, program: Path, kubeconfig: Path, selector: str, log: Path) -> None:
        self._log = log
        options = [
            f"--kubeconfig={kubeconfig}",
            f"--manage-nodes-with-label-selector={selector}",
            f"--config={STAGES}",
            f"--node-lease-duration-seconds={LEASE_SECONDS}",
        ]
        self._running = Background([program, *options], log)

    def __enter__(self) -> Self:
        """Start KWOK. The nodes become Ready later."""
        self._running.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop KWOK."""
        self._running.__exit__(kind, error, traceback)

    def trouble(self) -> str | None:
        """Return how KWOK ended and its last output; None while it runs. This is a stop condition of waits."""
        ended = self._running.exit_description()
        if ended is None:
            return None
        return f"KWOK {ended}; its last output in {self._log}:\n" + last_lines(
            self._log.read_text(errors="replace"), 5
        )
