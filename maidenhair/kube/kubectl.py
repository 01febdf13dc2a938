"""kubectl, as a user of a cluster runs it."""

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
    """kubectl with a kubeconfig.

    Attributes:
        path: the executable.
        kubeconfig: the kubeconfig, whose current context is used.
        cache: a folder for what kubectl remembers of servers; not the user's own.
    """

    path: Path
    kubeconfig: Path
    cache: Path

    def run(self, *arguments: str) -> str:
        """Return what kubectl prints.

        Raises:
            KubernetesError: it failed; with what it said.
        """
        options = [f"--kubeconfig={self.kubeconfig}", f"--cache-dir={self.cache}"]
        try:
            return run([self.path, *options, *arguments], seconds=SECONDS).stdout
        except ProgramFailed as failed:
            said = failed.output.strip() or failed.problem
            raise KubernetesError(f"kubectl {' '.join(arguments)} failed: {said}") from failed

    def table(self, *arguments: str) -> list[dict[str, str]]:
        """Return the rows of the table that kubectl prints, by the titles of its columns.

        The columns are where their titles begin, so that a cell may be empty.

        Raises:
            KubernetesError: as `run`.
        """
        return rows(self.run(*arguments))


def rows(table: str) -> list[dict[str, str]]:
    """Return the rows of a table of kubectl's, by the titles of its columns."""
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
"""The media type by which the API server answers with a Table (meta.k8s.io/v1)."""


def rows_of(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a Table, of each the cells by the titles of their columns; None for a cell without a value."""
    titles = [column["name"] for column in table["columnDefinitions"]]
    return [dict(zip(titles, row["cells"], strict=True)) for row in table["rows"] or []]
