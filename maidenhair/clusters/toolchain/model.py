"""What a component is: how a copy on the machine is recognised, and what can make one."""

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
        path: the executable, or the folder where the component is one (its name tells).
        version: the component's version without a leading "v", or "unknown" for one the user set.
        source: where it came from, in words.
        environment: variables that its processes need, such as LD_LIBRARY_PATH.

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
    """Something that is missing on this machine.

    Attributes:
        reason: what is missing, in words.
        remedy: the command or setting that helps.
    """

    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.reason}; {self.remedy}"


class Source(Protocol):
    """A place that may have a component."""

    @property
    def label(self) -> str:
        """The place, in words."""

    def provide(self) -> Tool:
        """Return the component.

        Raises:
            ToolchainError: the place does not have it; the text says why.
        """


class Maker(Protocol):
    """Makes a cache entry, which holds one or more components."""

    @property
    def label(self) -> str:
        """What it makes from, in words, such as "Go module toolchain/kubernetes"."""

    @property
    def action(self) -> str:
        """What it does, in words, such as "Building Kubernetes 1.34.4"."""

    @property
    def lane(self) -> str:
        """Makers of one lane run one after another, those of different lanes side by side."""

    @property
    def seconds(self) -> float:
        """How long it takes about, on two cores; the longest begin first."""

    def entry(self) -> str:
        """Return the entry's name: what is in it, and a digest of all that goes into it.

        Raises:
            ToolchainError: an input could not be read.
        """

    def obstacle(self) -> Obstacle | None:
        """Return what it lacks on this machine, seen without making anything; None if nothing is known."""

    def make(self, folder: Path) -> Mapping[str, str]:
        """Fill the empty folder `folder` and return the version of each component in it.

        Raises:
            ToolchainError: it could not; what was tried and what was seen.
        """

    def locate(self, component: str) -> Path:
        """Return the path of a component, relative to the entry."""

    def environment(self, folder: Path) -> Mapping[str, str]:
        """Return the variables that the processes of the entry `folder` need."""


PROBE_SECONDS = 20.0


@dataclass(frozen=True)
class Probe:
    """How an executable tells its version.

    Attributes:
        arguments: what makes it print its version and end.
        pattern: finds the text with the version in what it printed; its first group, if it has one.
    """

    arguments: tuple[str, ...] = ("--version",)
    pattern: str = r"\d+\.\d+(?:\.\d+)?"

    def read(
        self, executable: Path, environment: Mapping[str, str] | None = None
    ) -> tuple[int, ...]:
        """Return the version of `executable`.

        Raises:
            ToolchainError: it could not be run, did not end in time, or printed no version.
        """
        printed = _printed([str(executable), *self.arguments], environment or {})
        found = re.search(self.pattern, printed)
        if found is None:
            raise ToolchainError(f"{executable} printed no version but: {printed.strip()[:200]!r}")
        return version.parse(found.group(found.re.groups))


def _printed(command: list[str], environment: Mapping[str, str]) -> str:
    # A CNI plugin tells its versions on standard error, and some programs end with an error status.
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
    """How an installed copy of a component is found and judged.

    Attributes:
        executable: the file that is looked for and that tells the version.
        fits: the versions that can be used.
        probe: how the executable tells its version.
        beside: executables that must lie in the same folder.
        folders: where to look after PATH.
    """

    executable: str
    fits: VersionRange
    probe: Probe = field(default_factory=Probe)
    beside: tuple[str, ...] = ()
    folders: tuple[Path, ...] = ()

    def check(
        self, executable: Path, environment: Mapping[str, str] | None = None
    ) -> tuple[int, ...]:
        """Return the version of `executable`.

        Raises:
            ToolchainError: it tells no version or one that does not fit, or a file beside it is
                missing.
        """
        missing = [name for name in self.beside if not (executable.parent / name).is_file()]
        if missing:
            raise ToolchainError(
                f"{executable.parent} has {executable.name} but not {', '.join(missing)}"
            )
        version = self.probe.read(executable, environment)
        if version not in self.fits:
            shown = ".".join(str(number) for number in version)
            raise ToolchainError(f"{executable} is {shown}, needed is {self.fits}")
        return version


@dataclass(frozen=True)
class Component:
    """A part of a cluster.

    Attributes:
        name: its name, such as "kubelet".
        makers: what can make it, in the order they are tried.
        recognition: how an installed copy is recognised; None where only our own build serves.
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
    """Where one component would come from.

    Attributes:
        name: the component's name.
        tool: the component, if it is there.
        maker: what would make it, if it is not.
        obstacles: why those that come before, or all, cannot make it.
        failures: the places where it was looked for in vain, and why.
    """

    name: str
    tool: Tool | None = None
    maker: Maker | None = None
    obstacles: tuple[Obstacle, ...] = ()
    failures: tuple[str, ...] = ()


DIGITS = 12


def digest(parts: Iterable[str | Path]) -> str:
    """Return 12 hexadecimal digits of texts and of files' contents; a file counts with its name.

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
        raise ToolchainError(f"{path} could not be read: {error.strerror}") from error
