"""A component that is built from a Go module."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from maidenhair.clusters.toolchain import go_module
from maidenhair.clusters.toolchain.digest import digest
from maidenhair.clusters.toolchain.process import run
from maidenhair.errors import ToolchainError

BUILD_SECONDS = 7200.0


@dataclass(frozen=True)
class GoBinary:
    """A static binary built from a module of ours that pins everything it is made of.

    Attributes:
        title: what is built, in words, such as "Kubernetes 1.34.4".
        module: the folder with go.mod.
        package: the package to build, as `go build` names it.
        versions: the version of each component that the binary is; it is linked under each name.
        stamps: variables of the program to set, as the linker's -X takes them.
        seconds: how long the first build takes about, on two cores.
    """

    title: str
    module: Path
    package: str
    versions: Mapping[str, str]
    stamps: tuple[str, ...] = ()
    seconds: float = 120.0
    lane: str = "go"

    @property
    def label(self) -> str:
        """Return what it is made from."""
        return f"Go module toolchain/{self.module.name}"

    @property
    def action(self) -> str:
        """Return what is done, for the progress."""
        return f"Building {self.title}"

    def entry(self) -> str:
        """Return the entry's name, with a digest of the module's files, command and machine."""
        files = sorted([*self.module.glob("go.*"), *self.module.rglob("*.go")])
        if not files:
            raise ToolchainError(f"{self.module} has no go.mod; use a checkout of maidenhair")
        name = self.title.lower().replace(" ", "-")
        return f"{name}-{digest([*self._arguments(), *self.versions, platform.machine(), *files])}"

    def make(self, folder: Path) -> Mapping[str, str]:
        """Build the binary into `folder`/bin and link it under the name of each component.

        Raises:
            ToolchainError: Go is not on PATH, or the build failed.
        """
        binary = folder / "bin" / self.module.name
        binary.parent.mkdir()
        run(
            [go_module.go(), *self._arguments(), "-o", binary, self.package],
            folder=self.module,
            environment=go_module.SETTINGS,
            seconds=BUILD_SECONDS,
        )
        for name in self.versions:
            link = binary.with_name(name)
            if link != binary:
                link.symlink_to(binary.name)
        return self.versions

    def locate(self, component: str) -> Path:
        """Return the component's path in the entry."""
        return Path("bin", component)

    def environment(self, folder: Path) -> Mapping[str, str]:
        """Return nothing: it needs no variables."""
        return {}

    def _arguments(self) -> list[str]:
        linked = " ".join(["-s", "-w", *(f"-X {stamp}" for stamp in self.stamps)])
        # Without VCS stamping the binary does not depend on the checkout's commit.
        return ["build", "-trimpath", "-mod=readonly", "-buildvcs=false", "-ldflags", linked]
