"""A component that is built from a Go module."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from maidenhair.clusters.toolchain import go_module
from maidenhair.clusters.toolchain.digest import digest
from maidenhair.clusters.toolchain.obstacle import Obstacle
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
        go_mod: the file in the folder that pins the versions; its go.sum ends in .sum.
        inlined: whether functions are inlined, for what computes all the time; compiling then takes half as long again.
    """

    title: str
    module: Path
    package: str
    versions: Mapping[str, str]
    stamps: tuple[str, ...] = ()
    seconds: float = 120.0
    go_mod: str = "go.mod"
    inlined: bool = False
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
        go_mod = self.module / self.go_mod
        if not go_mod.is_file():
            raise ToolchainError(
                f"{self.module} has no {self.go_mod}; use a checkout of maidenhair"
            )
        # A module that requires nothing has no sums.
        pins = [path for path in (go_mod, go_mod.with_suffix(".sum")) if path.is_file()]
        files = sorted([*pins, *self.module.rglob("*.go")])
        inputs: list[str | Path] = [*self._arguments(), *self.versions, platform.machine(), *files]
        name = self.title.lower().replace(" ", "-")
        return f"{name}-{digest(inputs)}"

    def obstacle(self) -> Obstacle | None:
        """Return why Go cannot build it; None if it can."""
        return go_module.obstacle(self.module / self.go_mod)

    def make(self, folder: Path) -> Mapping[str, str]:
        """Build the binary into `folder`/bin and link it under the name of each component.

        Raises:
            ToolchainError: Go is not on PATH, or the build failed.
        """
        # One that is several components is none of them by name.
        name = self.module.name if len(self.versions) > 1 else next(iter(self.versions))
        binary = folder / "bin" / name
        binary.parent.mkdir()
        run(
            [go_module.go(), *self._arguments(), "-o", binary, self.package],
            folder=self.module,
            # Go leaves its working folder behind when it is killed; here it goes with the entry's.
            environment={**go_module.SETTINGS, "GOTMPDIR": str(folder)},
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
        chosen = [] if self.go_mod == "go.mod" else [f"-modfile={self.go_mod}"]
        fixed = ["build", "-trimpath", "-mod=readonly", "-buildvcs=false"]
        compiled = [] if self.inlined else ["-gcflags=all=-l"]
        return [*fixed, *compiled, *chosen, "-ldflags", linked]
