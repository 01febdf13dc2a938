"""A component that is built from a Go module."""

from __future__ import annotations

import json
import platform
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from maidenhair.clusters.toolchain.model import Obstacle, digest
from maidenhair.clusters.toolchain.process import program, run
from maidenhair.clusters.toolchain.version import parse
from maidenhair.errors import ToolchainError

SETTINGS = {"CGO_ENABLED": "0", "GOWORK": "off"}
"""Static binaries, from the module's own versions; the user's GOFLAGS and others stay in force."""
FETCHES_ITSELF = (1, 21, 0)
"""From this version on, Go fetches the version that go.mod asks for, unless GOTOOLCHAIN=local."""
ASK_SECONDS = 20.0


def go() -> Path:
    """Return the go command.

    Raises:
        ToolchainError: it is not on PATH.
    """
    return program("go", "install Go, or set the component's path (MAIDENHAIR_TOOL_…)")


def obstacle(go_mod: Path) -> Obstacle | None:
    """Return why the machine's Go cannot build the module of a go.mod; None if it can."""
    try:
        needed = _go_version(go_mod)
        remedy = f"install Go {needed} or newer"
        if shutil.which("go") is None:
            return Obstacle("Go is not on PATH", remedy)
        # In a folder without go.mod: in another, it might fetch a Go.
        command: list[str | Path] = [go(), "env", "GOVERSION", "GOTOOLCHAIN"]
        found, toolchain = run(command, folder=Path("/"), seconds=ASK_SECONDS).splitlines()
    except ToolchainError as error:
        return Obstacle(str(error), "see to it that `go env` works")
    version = parse(found)
    if version >= parse(needed) or (version >= FETCHES_ITSELF and toolchain != "local"):
        return None
    return Obstacle(f"Go on PATH is {found.removeprefix('go')}, needed is {needed}", remedy)


def pinned(go_mod: Path, module: str) -> str:
    """Return the version of `module` that a go.mod requires, without the leading "v".

    Raises:
        ToolchainError: the file cannot be read or does not require the module.
    """
    required = rf"^(?:require)?\s+{re.escape(module)} v(\S+)"
    found = re.search(required, _text(go_mod), re.MULTILINE)
    if found is None:
        raise ToolchainError(f"{go_mod} does not require {module}")
    return found.group(1)


def _go_version(go_mod: Path) -> str:
    found = re.search(r"^go (\S+)", _text(go_mod), re.MULTILINE)
    if found is None:
        raise ToolchainError(f"{go_mod} names no version of Go")
    return found.group(1)


def _text(go_mod: Path) -> str:
    try:
        return go_mod.read_text()
    except OSError as error:
        raise ToolchainError(f"{go_mod} could not be read: {error.strerror}") from error


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
            raise ToolchainError(f"{self.module} has no {self.go_mod}; install maidenhair again")
        # A module that requires nothing has no sums.
        pins = [path for path in (go_mod, go_mod.with_suffix(".sum")) if path.is_file()]
        files = sorted([*pins, *self.module.rglob("*.go")])
        inputs: list[str | Path] = [*self._arguments(), *self.versions, platform.machine(), *files]
        name = self.title.lower().replace(" ", "-")
        return f"{name}-{digest(inputs)}"

    def obstacle(self) -> Obstacle | None:
        """Return why Go cannot build it; None if it can."""
        return obstacle(self.module / self.go_mod)

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
            [go(), *self._arguments(), "-o", binary, self.package],
            folder=self.module,
            # Go leaves its working folder behind when it is killed; here it goes with the entry's.
            environment={**SETTINGS, "GOTMPDIR": str(folder)},
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
        version = pinned(self.module / "go.mod", self.carrier)
        inputs = digest(
            [self.carrier, self.subfolder, self.module / "go.mod", self.module / "go.sum"]
        )
        return f"{self.component}-{version}-{inputs}"

    def obstacle(self) -> Obstacle | None:
        """Return why Go cannot fetch the module; None if it can."""
        return obstacle(self.module / "go.mod")

    def make(self, folder: Path) -> Mapping[str, str]:
        """Copy the folder out of the module; go.sum holds the module's checksum.

        Raises:
            ToolchainError: Go is not on PATH, or the module could not be fetched.
        """
        printed = run(
            [go(), "mod", "download", "-json", self.carrier],
            folder=self.module,
            environment=SETTINGS,
            seconds=DOWNLOAD_SECONDS,
        )
        source = Path(json.loads(printed)["Dir"], self.subfolder)
        # Go's module cache is read-only; copies of the contents alone can be removed again.
        for file in sorted(path for path in source.rglob("*") if path.is_file()):
            target = folder / self.subfolder / file.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
        return {self.component: pinned(self.module / "go.mod", self.carrier)}

    def locate(self, component: str) -> Path:
        """Return the component's path in the entry."""
        return Path(self.subfolder)

    def environment(self, folder: Path) -> Mapping[str, str]:
        """Return nothing: it needs no variables."""
        return {}
