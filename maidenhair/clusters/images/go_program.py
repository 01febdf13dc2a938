"""Programs that are built from a folder of Go sources, for images of systems under test."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from maidenhair.clusters.images import go_coverage
from maidenhair.clusters.toolchain import go
from maidenhair.clusters.toolchain.model import digest
from maidenhair.clusters.toolchain.process import CommandFailed, run
from maidenhair.errors import ConfigurationError, ToolchainError

BUILD_SECONDS = 3600.0
RETAINED = 3
"""The number of checkouts and argument lists whose programs stay in the cache, for each program."""


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

    @contextmanager
    def build(self, cache: Path) -> Iterator[Path]:
        """Build the program, and yield its path. Go builds again only what has changed.

        No other process changes or removes the program during the block. Afterwards it stays in the cache until the
        same program was built from three other checkouts.

        Args:
            cache: the folder for programs; it is created if needed, and processes may share it.

        Raises:
            ConfigurationError, ToolchainError: as `check`.
            ToolchainError: the sources do not compile; the message has the compiler's output.
        """
        self.check()
        programs = cache / f"{self.name}-{digest([self.setting, self.package])}"
        place = programs / digest([str(self.folder.resolve()), *self._arguments()])
        programs.mkdir(parents=True, exist_ok=True)
        with _lock(place):
            place.mkdir(exist_ok=True)
            os.utime(place)
            binary = place / self.name
            self._compile(place, binary)
            _remove_old(programs)
            yield binary

    def _compile(self, place: Path, binary: Path) -> None:
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


def _lock(place: Path, seconds: float = -1) -> FileLock:
    # Beside the folder, because a lock in a folder that is removed protects nothing.
    return FileLock(place.with_suffix(".lock"), seconds)


def _remove_old(programs: Path) -> None:
    """Remove all but the newest programs of a folder, except those that are in use."""
    places = sorted(programs.iterdir(), key=lambda each: each.stat().st_mtime, reverse=True)
    for place in [each for each in places if each.is_dir()][RETAINED:]:
        try:
            with _lock(place, 0):
                shutil.rmtree(place)
        except Timeout:
            continue
