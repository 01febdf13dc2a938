"""The types of the toolchain: components, how installed copies are recognised, sources and makers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from maidenhair._util.process import run
from maidenhair.clusters.toolchain import version
from maidenhair.clusters.toolchain.version import VersionRange
from maidenhair.errors import ProgramFailed, ToolchainError


@dataclass(frozen=True)
class Tool:
    """A component that is ready for use.

    Attributes:
        name: the component's name, such as "kubelet".
        path: the executable, or the folder if the component is a folder.
        version: the version without a leading "v"; "unknown" if the executable that the user set does not print one.
        source: a description of where it came from, such as "PATH (/usr/bin)".
        environment: environment variables that its processes need, such as LD_LIBRARY_PATH.

    Example:
        >>> from pathlib import Path
        >>> Tool("widgetctl", Path("/usr/bin/widgetctl"), "1.2.3", "PATH").version
        '1.2.3'
    """

    name: str
    path: Path
    version: str
    source: str
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Obstacle:
    """A reason why this machine cannot provide a component.

    Attributes:
        reason: what is missing, such as "Go is not on PATH".
        remedy: the command or setting that helps, such as "install Go 1.24 or newer".
    """

    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.reason}; {self.remedy}"


class Source(Protocol):
    """A place that may have a component, such as PATH or the cache."""

    @property
    def label(self) -> str:
        """The name of the place."""

    def provide(self) -> Tool:
        """Return the component.

        Raises:
            ToolchainError: the place does not have it; the message says why.
        """


class Maker(Protocol):
    """Downloads or builds a cache entry, which contains one or more components."""

    @property
    def label(self) -> str:
        """The origin of the components, such as "Go module toolchain/kubernetes"."""

    @property
    def action(self) -> str:
        """The action for the progress line, such as "Building Kubernetes 1.34.4"."""

    @property
    def lane(self) -> str:
        """The maker's lane. Makers of the same lane run one after another, other makers in parallel."""

    @property
    def seconds(self) -> float:
        """The approximate duration in seconds on two cores, for `maidenhair doctor`."""

    def entry(self) -> str:
        """Return the entry's name, which contains a digest of all inputs.

        Raises:
            ToolchainError: an input could not be read.
        """

    def obstacle(self) -> Obstacle | None:
        """Return why it cannot work on this machine; None if no reason is known. Download and build nothing."""

    def make(self, folder: Path) -> Mapping[str, str]:
        """Fill an empty folder. Return the version of each component in it.

        Raises:
            ToolchainError: the components could not be made; the message says what was tried and what was seen.
        """

    def locate(self, component: str) -> Path:
        """Return a component's path relative to the entry."""

    def environment(self, folder: Path) -> Mapping[str, str]:
        """Return the environment variables that the components in the entry `folder` need."""


PROBE_SECONDS = 20.0


@dataclass(frozen=True)
class Probe:
    """The way to read an executable's version.

    Attributes:
        arguments: the arguments that make it print its version.
        pattern: the regular expression that finds the version in the output; its first group if it has one.
    """

    arguments: tuple[str, ...] = ("--version",)
    pattern: str = r"\d+\.\d+(?:\.\d+)?"

    def read(
        self, executable: Path, environment: Mapping[str, str] | None = None
    ) -> tuple[int, ...]:
        """Run an executable, and return the version that it prints.

        Args:
            executable: the executable.
            environment: environment variables to add.

        Raises:
            ToolchainError: it could not be started, did not end within `PROBE_SECONDS`, or printed no version.
        """
        output = _output([str(executable), *self.arguments], environment or {})
        found = re.search(self.pattern, output)
        if found is None:
            raise ToolchainError(f"{executable} printed no version but: {output.strip()[:200]!r}")
        return version.parse(found.group(found.re.groups))


def _output(command: list[str], environment: Mapping[str, str]) -> str:
    # CNI plugins print their versions to standard error, and some programs exit with an error status.
    try:
        ended = run(
            command,
            environment=environment,
            seconds=PROBE_SECONDS,
            accepted=None,
            merge_output=True,
        )
    except ProgramFailed as failed:
        raise ToolchainError(str(failed)) from failed
    return ended.stdout


@dataclass(frozen=True)
class Recognition:
    """The rules for finding and checking installed copies of a component.

    Attributes:
        executable: the name of the executable to look for, whose version is checked.
        fits: the versions that can be used.
        probe: the way to read the executable's version.
        beside: executables that must be in the same folder.
        folders: folders to search after those of PATH.
    """

    executable: str
    fits: VersionRange
    probe: Probe = field(default_factory=Probe)
    beside: tuple[str, ...] = ()
    folders: tuple[Path, ...] = ()

    def check(
        self, executable: Path, environment: Mapping[str, str] | None = None
    ) -> tuple[int, ...]:
        """Check an executable, and return its version.

        Args:
            executable: the executable.
            environment: environment variables to add.

        Raises:
            ToolchainError: its version cannot be read or does not fit, or a file beside it is missing.
        """
        missing = [name for name in self.beside if not (executable.parent / name).is_file()]
        if missing:
            raise ToolchainError(
                f"{executable.parent} has {executable.name} but not {', '.join(missing)}"
            )
        version = self.probe.read(executable, environment)
        if version not in self.fits:
            shown = ".".join(str(number) for number in version)
            raise ToolchainError(f"{executable} is version {shown}; required: {self.fits}")
        return version


@dataclass(frozen=True)
class Component:
    """A component that the toolchain can provide: an executable or a folder.

    Attributes:
        name: the name, such as "kubelet".
        makers: the makers, in the order in which they are tried.
        recognition: the rules for installed copies; None if installed copies cannot be used.
        is_folder: whether it is a folder rather than an executable.

    Example:
        >>> Component("widget-manifests", makers=(), is_folder=True).name
        'widget-manifests'
    """

    name: str
    makers: tuple[Maker, ...]
    recognition: Recognition | None = None
    is_folder: bool = False


@dataclass(frozen=True)
class Finding:
    """The place from which a component would be provided.

    Attributes:
        name: the component's name.
        tool: the component, if it is present.
        maker: the maker that would be used otherwise; None if no maker can work.
        obstacles: why the makers before it, or all makers, cannot work.
        failures: the places that do not have the component, and why.
    """

    name: str
    tool: Tool | None = None
    maker: Maker | None = None
    obstacles: tuple[Obstacle, ...] = ()
    failures: tuple[str, ...] = ()


DIGITS = 12


def digest(parts: Iterable[str | Path]) -> str:
    """Return a digest of 12 hexadecimal digits.

    Args:
        parts: texts, and files, of which the name and the content count.

    Raises:
        ToolchainError: a file could not be read.
    """
    total = hashlib.sha256()
    for part in parts:
        for piece in (
            (part.name.encode(), _content(part)) if isinstance(part, Path) else (part.encode(),)
        ):
            total.update(len(piece).to_bytes(8, "big"))
            total.update(piece)
    return total.hexdigest()[:DIGITS]


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ToolchainError(f"cannot read {path}: {error.strerror}") from error
