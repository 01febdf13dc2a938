"""A component that is files which a Go module carries."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from maidenhair.clusters.toolchain import go_module
from maidenhair.clusters.toolchain.digest import digest
from maidenhair.clusters.toolchain.obstacle import Obstacle
from maidenhair.clusters.toolchain.process import run

DOWNLOAD_SECONDS = 900.0


@dataclass(frozen=True)
class GoFiles:
    """A folder that a Go module carries, such as its manifests.

    Attributes:
        component: the component's name.
        module: the folder of the module of ours that pins it.
        carrier: the path of the module that carries the folder.
        subfolder: the folder, relative to the carrier.
        seconds: how long it takes about.
    """

    component: str
    module: Path
    carrier: str
    subfolder: str
    seconds: float = 5.0
    lane: str = "go files"

    @property
    def label(self) -> str:
        """Return what it is made from."""
        return f"Go module {self.carrier}"

    @property
    def action(self) -> str:
        """Return what is done, for the progress."""
        return f"Fetching {self.component}"

    def entry(self) -> str:
        """Return the entry's name, with a digest of all inputs."""
        version = go_module.pinned(self.module / "go.mod", self.carrier)
        inputs = digest(
            [self.carrier, self.subfolder, self.module / "go.mod", self.module / "go.sum"]
        )
        return f"{self.component}-{version}-{inputs}"

    def obstacle(self) -> Obstacle | None:
        """Return why Go cannot fetch the module; None if it can."""
        return go_module.obstacle(self.module / "go.mod")

    def make(self, folder: Path) -> Mapping[str, str]:
        """Copy the folder out of the module; go.sum holds the module's checksum.

        Raises:
            ToolchainError: Go is not on PATH, or the module could not be fetched.
        """
        printed = run(
            [go_module.go(), "mod", "download", "-json", self.carrier],
            folder=self.module,
            environment=go_module.SETTINGS,
            seconds=DOWNLOAD_SECONDS,
        )
        source = Path(json.loads(printed)["Dir"], self.subfolder)
        # Go's module cache is read-only; copies of the contents alone can be removed again.
        for file in sorted(path for path in source.rglob("*") if path.is_file()):
            target = folder / self.subfolder / file.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
        return {self.component: go_module.pinned(self.module / "go.mod", self.carrier)}

    def locate(self, component: str) -> Path:
        """Return the component's path in the entry."""
        return Path(self.subfolder)

    def environment(self, folder: Path) -> Mapping[str, str]:
        """Return nothing: it needs no variables."""
        return {}
