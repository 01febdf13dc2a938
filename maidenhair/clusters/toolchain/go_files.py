"""Components that are folders of Go modules, such as manifests."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from maidenhair.clusters.toolchain.go import DOWNLOAD_SECONDS, SETTINGS, go, obstacle, pinned
from maidenhair.clusters.toolchain.model import Obstacle, digest
from maidenhair.clusters.toolchain.process import run


@dataclass(frozen=True)
class GoFiles:
    """A folder of a Go module, such as its manifests.

    Attributes:
        component: the component's name.
        module: the folder of the module in toolchain/ that pins the other module.
        carrier: the path of the Go module that contains the folder.
        subfolder: the folder, relative to the carrier's root.
        seconds: the approximate duration in seconds.
    """

    component: str
    module: Path
    carrier: str
    subfolder: str
    seconds: float = 5.0
    lane: str = "go files"

    @property
    def label(self) -> str:
        """The module that contains the folder."""
        return f"Go module {self.carrier}"

    @property
    def action(self) -> str:
        """The action for the progress line."""
        return f"Fetching {self.component}"

    def entry(self) -> str:
        """Return the entry's name, with a digest of all inputs."""
        version = pinned(self.module / "go.mod", self.carrier)
        inputs = digest(
            [self.carrier, self.subfolder, self.module / "go.mod", self.module / "go.sum"]
        )
        return f"{self.component}-{version}-{inputs}"

    def obstacle(self) -> Obstacle | None:
        """Return why this machine's Go cannot download the module; None if it can."""
        return obstacle(self.module / "go.mod")

    def make(self, folder: Path) -> Mapping[str, str]:
        """Download the module, verify it with go.sum, and copy its subfolder.

        Raises:
            ToolchainError: Go is not on PATH, or the module could not be downloaded.
        """
        output = run(
            [go(), "mod", "download", "-json", self.carrier],
            folder=self.module,
            environment=SETTINGS,
            seconds=DOWNLOAD_SECONDS,
        )
        source = Path(json.loads(output)["Dir"], self.subfolder)
        # Copies without the modes: Go's module cache is read-only, so copied folders could not be removed.
        for file in sorted(path for path in source.rglob("*") if path.is_file()):
            target = folder / self.subfolder / file.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
        return {self.component: pinned(self.module / "go.mod", self.carrier)}

    def locate(self, component: str) -> Path:
        """Return the component's path in the entry."""
        return Path(self.subfolder)

    def environment(self, folder: Path) -> Mapping[str, str]:
        """Return no variables: the files need none."""
        return {}
