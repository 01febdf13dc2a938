"""Components that are built from Go modules."""

from __future__ import annotations

import os
import platform
import re
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from maidenhair.clusters.toolchain import c_libraries
from maidenhair.clusters.toolchain.making.forecast import Reached
from maidenhair.clusters.toolchain.model import Obstacle, digest
from maidenhair.clusters.toolchain.process import follow, program, run
from maidenhair.clusters.toolchain.release import Release
from maidenhair.clusters.toolchain.version import parse
from maidenhair.errors import ToolchainError

SETTINGS = {"CGO_ENABLED": "0", "GOWORK": "off"}
"""Settings for static binaries of the pinned versions. The user's other settings, such as GOFLAGS, still apply."""
COLLECTION = "400"
"""How much a compiler's memory grows, in percent, before it collects garbage. Go's default of 100 costs a fifth of the
time; without any collection the compilers need three times the memory."""
SELF_UPDATING = (1, 21, 0)
"""From this version on, Go downloads the version that go.mod requires, unless GOTOOLCHAIN=local."""
GO_ENV_SECONDS = 20.0


def go() -> Path:
    """Return the path of the go command.

    Raises:
        ToolchainError: go is not on PATH.
    """
    return program("go", "install Go, or set the component's path (MAIDENHAIR_TOOL_<COMPONENT>)")


def obstacle(go_mod: Path) -> Obstacle | None:
    """Return why this machine's Go cannot build the module of a go.mod file; None if it can."""
    try:
        needed = _go_version(go_mod)
        remedy = f"install Go {needed} or newer"
        if shutil.which("go") is None:
            return Obstacle("Go is not on PATH", remedy)
        # In a folder without go.mod, because with one `go env` might download another Go.
        command: list[str | Path] = [go(), "env", "GOVERSION", "GOTOOLCHAIN"]
        found, toolchain = run(command, folder=Path("/"), seconds=GO_ENV_SECONDS).splitlines()
    except ToolchainError as error:
        return Obstacle(str(error), "repair the Go installation until `go env` works")
    version = parse(found)
    if version >= parse(needed) or (version >= SELF_UPDATING and toolchain != "local"):
        return None
    return Obstacle(f"Go on PATH is version {found.removeprefix('go')}", remedy)


def pinned(go_mod: Path, module: str) -> str:
    """Return the version of a module that a go.mod file requires, without the leading "v".

    Args:
        go_mod: the file.
        module: the path of the required module.

    Raises:
        ToolchainError: the file cannot be read, or does not require the module.
    """
    required = rf"^(?:require)?\s+{re.escape(module)} v(\S+)"
    found = re.search(required, _text(go_mod), re.MULTILINE)
    if found is None:
        raise ToolchainError(f"{go_mod} does not require {module}")
    return found.group(1)


def _go_version(go_mod: Path) -> str:
    found = re.search(r"^go (\S+)", _text(go_mod), re.MULTILINE)
    if found is None:
        raise ToolchainError(f"{go_mod} has no line `go VERSION`")
    return found.group(1)


def _text(go_mod: Path) -> str:
    try:
        return go_mod.read_text()
    except OSError as error:
        raise ToolchainError(f"cannot read {go_mod}: {error.strerror}") from error


BUILD_SECONDS = 7200.0
DOWNLOAD_SECONDS = 900.0
TO_COMPILE = "packages-to-compile"
COMPILED = "compiled-packages"
"""The files of an unfinished entry with the number of packages that Go's cache lacks, and with those compiled since."""


@dataclass(frozen=True)
class GoBinary:
    """Static binaries, built from a Go module in toolchain/ that pins all their dependencies.

    Attributes:
        title: the title for progress lines, such as "Kubernetes 1.34.4".
        module: the module's folder.
        package: the package to build, as an argument of `go build`.
        versions: the components that the binary contains, with their versions. It is linked under each name.
        stamps: variables to set, as arguments of the linker's -X.
        seconds: the approximate duration of the first build in seconds, on two cores.
        go_mod: the file in the folder that pins the versions; its go.sum has the same name with the suffix .sum.
        beside: further packages to build. With them each binary has its package's name.
        tags: the build tags.
        c_library: the package of Debian with the C library that the binary needs, such as "libseccomp-dev"; empty if
            the module has no C code. The library becomes part of the binary.
        is_folder: whether the component is the folder of the binaries.
        inlined: whether the compiler inlines functions. That makes the binary faster and the build 50 % slower, unless
            another inlined build has compiled the same packages before.
        unless: a release; if it can be downloaded, this build is not used.
    """

    title: str
    module: Path
    package: str
    versions: Mapping[str, str]
    stamps: tuple[str, ...] = ()
    seconds: float = 120.0
    go_mod: str = "go.mod"
    beside: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    c_library: str = ""
    is_folder: bool = False
    inlined: bool = False
    unless: Release | None = None

    @property
    def lane(self) -> str:
        """The lane: inlined builds have packages in common, which are compiled once if they wait for each other."""
        return "go inlined" if self.inlined else "go"

    @property
    def label(self) -> str:
        """The module."""
        return f"Go module toolchain/{self.module.name}"

    @property
    def action(self) -> str:
        """The action for the progress line."""
        return f"Building {self.title}"

    def entry(self) -> str:
        """Return the entry's name, with a digest of the module's files, the build arguments and the machine type."""
        go_mod = self.module / self.go_mod
        if not go_mod.is_file():
            raise ToolchainError(f"{self.module} has no {self.go_mod}; reinstall maidenhair")
        # A module without requirements has no .sum file.
        pins = [path for path in (go_mod, go_mod.with_suffix(".sum")) if path.is_file()]
        files = sorted([*pins, *self.module.rglob("*.go")])
        inputs: list[str | Path] = [
            "build",
            *self._arguments(),
            *self.versions,
            platform.machine(),
            *files,
        ]
        name = self.title.lower().replace(" ", "-")
        return f"{name}-{digest([*inputs, *self.beside])}"

    def obstacle(self) -> Obstacle | None:
        """Return why this machine cannot build the module, or why it need not; None if it can."""
        if self.unless is not None and self.unless.obstacle() is None:
            return Obstacle(f"{self.title} can be downloaded", "not all of it is built")
        missing = c_libraries.obstacle(self.c_library) if self.c_library else None
        return missing or obstacle(self.module / self.go_mod)

    def make(self, folder: Path) -> Mapping[str, str]:
        """Build the binary into `folder`/bin, and link it under the name of each component.

        Raises:
            ToolchainError: Go is not on PATH, or the build failed.
        """
        name = self.module.name if len(self.versions) > 1 else next(iter(self.versions))
        binary = folder / "bin" / name
        binary.parent.mkdir()
        output = str(binary.parent) + os.sep if self.beside else binary
        environment = self._environment(folder)
        (folder / TO_COMPILE).write_text(str(self._packages_to_compile(environment)))
        follow(
            [go(), "build", "-v", *self._arguments(), "-o", output, self.package, *self.beside],
            folder / COMPILED,
            folder=self.module,
            environment=environment,
            seconds=BUILD_SECONDS,
        )
        for name in (TO_COMPILE, COMPILED):
            (folder / name).unlink()
        c_libraries.remove(folder)
        if not self.beside:
            for name in self.versions:
                link = binary.with_name(name)
                if link != binary:
                    link.symlink_to(binary.name)
        return self.versions

    def reached(self, folder: Path) -> Reached | None:
        """Return how many packages are compiled, of how many that Go's cache lacked."""
        listed = folder / TO_COMPILE
        try:
            total = int(listed.read_text())
            seconds = time.time() - listed.stat().st_mtime
            compiled = len((folder / COMPILED).read_text().splitlines())
        except (OSError, ValueError):
            return None
        return Reached(min(compiled, total), total, seconds)

    def locate(self, component: str) -> Path:
        """Return the component's path in the entry."""
        return Path("bin") if self.is_folder else Path("bin", component)

    def _packages_to_compile(self, environment: Mapping[str, str]) -> int:
        listing = ("list", "-deps", "-f", "{{.Stale}}")
        output = run(
            [go(), *listing, *self._arguments(), self.package, *self.beside],
            folder=self.module,
            environment=environment,
            seconds=DOWNLOAD_SECONDS,
        )
        return output.split().count("true")

    def environment(self, folder: Path) -> Mapping[str, str]:
        """Return no variables: the binary needs none."""
        return {}

    def _environment(self, folder: Path) -> Mapping[str, str]:
        # A killed Go leaves its temporary folder behind. Here it is removed with the entry.
        variables = {**SETTINGS, "GOTMPDIR": str(folder)}
        if self.c_library:
            variables |= c_libraries.provide(self.c_library, folder)
        if "GOGC" not in os.environ:
            variables["GOGC"] = COLLECTION
        return variables

    def _arguments(self) -> list[str]:
        linker_flags = ["-s", "-w", *(f"-X {stamp}" for stamp in self.stamps)]
        if self.c_library:
            linker_flags.append(c_libraries.LINKER_FLAGS)
        mod_file = [] if self.go_mod == "go.mod" else [f"-modfile={self.go_mod}"]
        tags = [f"-tags={','.join(self.tags)}"] if self.tags else []
        # Without VCS stamping the binary does not depend on the checkout's commit.
        options = ["-trimpath", "-mod=readonly", "-buildvcs=false"]
        compiler_flags = "-gcflags=all=-dwarf=false" if self.inlined else "-gcflags=all=-l"
        return [*options, compiler_flags, *mod_file, *tags, "-ldflags", " ".join(linker_flags)]
