"""Run kubectl against a cluster, and read the tables that kubectl and the API server print."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maidenhair._util.process import run
from maidenhair.errors import KubernetesError, ProgramFailed

SECONDS = 300.0


@dataclass(frozen=True)
class Kubectl:
    """The kubectl executable and the cluster that it works on.

    Attributes:
        path: the executable.
        kubeconfig: the kubeconfig; its current context is used.
        cache: a folder for kubectl's cache, instead of the user's.
    """

    path: Path
    kubeconfig: Path
    cache: Path

    def run(self, *arguments: str) -> str:
        """Run kubectl and return its output.

        Raises:
            KubernetesError: kubectl failed; the message includes its output.
        """
        options = [f"--kubeconfig={self.kubeconfig}", f"--cache-dir={self.cache}"]
        try:
            return run([self.path, *options, *arguments], seconds=SECONDS).stdout
        except ProgramFailed as failed:
            reason = failed.output.strip() or failed.problem
            raise KubernetesError(f"kubectl {' '.join(arguments)} failed: {reason}") from failed

    def table(self, *arguments: str) -> list[dict[str, str]]:
        """Run kubectl and return the rows of the table that it prints, cells by column title.

        Raises:
            KubernetesError: kubectl failed; the message includes its output.
        """
        return parse_text_table(self.run(*arguments))


def parse_text_table(table: str) -> list[dict[str, str]]:
    """Return the rows of a table printed by kubectl, cells by column title.

    A column begins where its title begins. A cell may be empty.
    """
    header, *lines = table.splitlines() or [""]
    titles = header.split()
    begins = [header.index(title) for title in titles]
    ends = [*begins[1:], None]
    return [
        {
            title: line[begin:end].strip()
            for title, begin, end in zip(titles, begins, ends, strict=True)
        }
        for line in lines
    ]


TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
"""The media type that makes the API server answer with a Table (meta.k8s.io/v1)."""


def parse_table(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a Table object, cells by column title. A cell without a value is None."""
    titles = [column["name"] for column in table["columnDefinitions"]]
    return [dict(zip(titles, row["cells"], strict=True)) for row in table["rows"] or []]
