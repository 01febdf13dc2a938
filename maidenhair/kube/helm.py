"""Helm, as a user of a cluster runs it."""

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
"""How long helm waits for the jobs that a chart runs."""


@dataclass(frozen=True)
class Helm:
    """Helm with a kubeconfig.

    Attributes:
        path: the executable.
        kubeconfig: the kubeconfig; several as in `KUBECONFIG`.
        home: a folder for what helm remembers; not the user's own.
        context: the context of the kubeconfig; its current one where None.
    """

    path: Path
    kubeconfig: Path
    home: Path
    context: str | None = None

    def install(self, release: str, chart: str, namespace: str, values: Mapping[str, Any]) -> str:
        """Install a release, or upgrade the one that is there to these values; return what helm says.

        Raises:
            DevicesError: helm refused; with its own words.
        """
        with tempfile.TemporaryDirectory(prefix="maidenhair-helm-") as folder:
            file = Path(folder, "values.json")
            file.write_text(json.dumps(values))
            return self.run(
                *("upgrade", "--install", release, chart, "--namespace", namespace),
                *("--values", str(file), "--timeout", f"{SECONDS}s"),
            )

    def uninstall(self, release: str, namespace: str, hooks: bool = True) -> None:
        """Uninstall a release, if it is there, and wait until its objects are gone.

        Args:
            release: the release's name.
            namespace: its namespace.
            hooks: whether what the chart has to run before runs.

        Raises:
            DevicesError: helm refused; with its own words.
        """
        options = ("--wait", "--ignore-not-found", "--timeout", f"{SECONDS}s")
        skipped = () if hooks else ("--no-hooks",)
        self.run("uninstall", release, "--namespace", namespace, *options, *skipped)

    def releases(self, namespace: str) -> list[dict[str, Any]]:
        """Return the releases of a namespace, as helm lists them.

        Raises:
            DevicesError: helm failed; with its own words.
        """
        listed: list[dict[str, Any]] = json.loads(
            self.run("list", "--all", "--namespace", namespace, "--output", "json")
        )
        return listed

    def run(self, *arguments: str) -> str:
        """Return what helm prints.

        Raises:
            DevicesError: it failed; with its own words.
        """
        own = {
            "KUBECONFIG": str(self.kubeconfig),
            **{f"HELM_{kind}_HOME": str(self.home / kind) for kind in ("CACHE", "CONFIG", "DATA")},
        }
        context = [f"--kube-context={self.context}"] if self.context else []
        command = [str(self.path), *arguments, *context]
        try:
            return run(command, environment=own, seconds=2 * SECONDS).stdout
        except ProgramFailed as failed:
            said = failed.output.strip().removeprefix("Error: ") or failed.problem
            raise DevicesError(f"helm {' '.join(arguments[:3])} failed: {said}") from failed
