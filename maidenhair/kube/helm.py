"""Run helm against a cluster."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maidenhair._util.process import run
from maidenhair.errors import DevicesError, ProgramFailed

SECONDS = 300
"""Seconds that helm waits for a chart's jobs."""


@dataclass(frozen=True)
class Helm:
    """The helm executable and the cluster that it works on.

    Attributes:
        path: the executable.
        kubeconfig: the kubeconfig; may be several paths, as in `KUBECONFIG`.
        home: a folder for helm's cache, configuration and data, instead of the user's.
        context: the context of the kubeconfig; None for the current context.
    """

    path: Path
    kubeconfig: Path
    home: Path
    context: str | None = None

    def install(self, release: str, chart: str, namespace: str, values: Mapping[str, Any]) -> str:
        """Install a release, or upgrade it if it exists, and return helm's output.

        Args:
            release: the release's name.
            chart: the chart: a path, a URL or a name.
            namespace: the release's namespace.
            values: the values of the chart.

        Raises:
            DevicesError: helm failed; the message includes its output.
        """
        with tempfile.TemporaryDirectory(prefix="maidenhair-helm-") as folder:
            file = Path(folder, "values.json")
            file.write_text(json.dumps(values))
            return self.run(
                *("upgrade", "--install", release, chart, "--namespace", namespace),
                *("--values", str(file), "--timeout", f"{SECONDS}s"),
            )

    def uninstall(self, release: str, namespace: str, hooks: bool = True) -> None:
        """Uninstall a release if it exists, and wait until its objects are gone.

        Args:
            release: the release's name.
            namespace: its namespace.
            hooks: whether the chart's hooks run.

        Raises:
            DevicesError: helm failed; the message includes its output.
        """
        options = ("--wait", "--ignore-not-found", "--timeout", f"{SECONDS}s")
        skipped = () if hooks else ("--no-hooks",)
        self.run("uninstall", release, "--namespace", namespace, *options, *skipped)

    def releases(self, namespace: str) -> list[dict[str, Any]]:
        """Return the releases of a namespace, as `helm list` prints them.

        Raises:
            DevicesError: helm failed; the message includes its output.
        """
        listed: list[dict[str, Any]] = json.loads(
            self.run("list", "--all", "--namespace", namespace, "--output", "json")
        )
        return listed

    def run(self, *arguments: str) -> str:
        """Run helm and return its output.

        Raises:
            DevicesError: helm failed; the message includes its output.
        """
        environment = {
            "KUBECONFIG": str(self.kubeconfig),
            **{f"HELM_{kind}_HOME": str(self.home / kind) for kind in ("CACHE", "CONFIG", "DATA")},
        }
        context = [f"--kube-context={self.context}"] if self.context else []
        command = [str(self.path), *arguments, *context]
        try:
            return run(command, environment=environment, seconds=2 * SECONDS).stdout
        except ProgramFailed as failed:
            reason = failed.output.strip().removeprefix("Error: ") or failed.problem
            raise DevicesError(f"helm {' '.join(arguments[:3])} failed: {reason}") from failed
