"""Programs that are built from a folder of Go sources, for images of systems under test."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from maidenhair.clusters.images import go_coverage
from maidenhair.clusters.toolchain import go
from maidenhair.clusters.toolchain.model import digest
from maidenhair.clusters.toolchain.process import CommandFailed, run
from maidenhair.errors import ConfigurationError, ToolchainError

BUILD_SECONDS = 3600.0


@dataclass(frozen=True)
class GoProgram:
    """A program that `go build` makes from a folder of sources, such as a checkout of an operator.

    Attributes:
        setting: the setting that names the folder, for errors.
        folder: the folder with go.mod.
        package: the package to build, relative to the folder, such as "./cmd/manager".
        flags: more arguments of `go build`, such as "-tags=netgo".
        linker_flags: the value of its argument -ldflags.
        uses_c: whether the program contains C code (cgo). Its shared libraries are copied into the image.
        covers: whether the program counts which of its statements run (`go build -cover`), and serves the counters on
            port `go_coverage.PORT`. It is built in a copy of the sources.

    Example:
        >>> program = GoProgram("MAIDENHAIR_WIDGETS_SOURCE", folder / "widgets", "./cmd/manager")
        >>> program.name
        'manager'
    """

    setting: str
    folder: Path
    package: str
    flags: tuple[str, ...] = ()
    linker_flags: str = "-s -w"
    uses_c: bool = False
    covers: bool = False

    @property
    def name(self) -> str:
        """The last part of the package's path."""
        return Path(self.package).name

    def check(self) -> None:
        """Check that the folder contains the package, and that this machine's Go can build it.

        Raises:
            ConfigurationError: the folder does not contain the package or go.mod; the message names the setting.
            ToolchainError: Go is not on PATH or too old, or the C compiler is missing.
        """
        for path, kind in (
            (self.folder / "go.mod", "file"),
            (self.folder / self.package, "folder"),
        ):
            if not path.exists():
                raise ConfigurationError(
                    f"{self.setting}={self.folder}: there is no {kind} {path}; set {self.setting} to a checkout of "
                    "the sources"
                )
        obstacle = go.obstacle(self.folder / "go.mod")
        if obstacle is not None:
            raise ToolchainError(f"cannot build {self.package} of {self.folder}: {obstacle}")
        if self.uses_c and not any(map(shutil.which, ("cc", "gcc", "clang"))):
            raise ToolchainError(
                f"cannot build {self.package} of {self.folder}: it contains C code, and no C compiler is on PATH; "
                "install gcc or clang"
            )

    def build(self, cache: Path) -> Path:
        """Build the program, and return its path. Go builds again only what has changed.

        Args:
            cache: the folder for programs; it is created if needed, and processes may share it.

        Raises:
            ConfigurationError, ToolchainError: as `check`.
            ToolchainError: the sources do not compile; the message has the compiler's output.
        """
        self.check()
        place = cache / digest([str(self.folder.resolve()), self.package, *self._arguments()])
        place.mkdir(parents=True, exist_ok=True)
        binary = place / self.name
        with FileLock(place / "lock"):
            sources = self._covered_sources(place) if self.covers else self.folder
            try:
                run(
                    [go.go(), "build", *self._arguments(), "-o", binary, self.package],
                    folder=sources,
                    environment={"CGO_ENABLED": "1" if self.uses_c else "0", "GOWORK": "off"},
                    seconds=BUILD_SECONDS,
                )
            except CommandFailed as failed:
                raise ToolchainError(
                    f"{self.setting}: {self.package} of {self.folder} does not build: {failed}"
                ) from failed
        return binary

    def _covered_sources(self, place: Path) -> Path:
        """Return a copy of the sources with the server of counters, which must be in package main."""
        copy = place / "sources"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.folder, copy, ignore=shutil.ignore_patterns(".git"), symlinks=True)
        (copy / self.package / go_coverage.FILE).write_text(go_coverage.SERVER)
        return copy

    def _arguments(self) -> list[str]:
        coverage = ["-cover", "-covermode=atomic", "-coverpkg=./..."] if self.covers else []
        # Without paths and VCS stamps, the same sources give the same program in every checkout.
        return [
            "-trimpath",
            "-buildvcs=false",
            *coverage,
            *self.flags,
            "-ldflags",
            self.linker_flags,
        ]


def content_digest(path: Path) -> str:
    """Return a digest of a file's content: 12 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]
