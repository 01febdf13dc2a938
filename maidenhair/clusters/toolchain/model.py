"""What a component is: how a copy on the machine is recognised, and what can make one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from maidenhair.clusters.toolchain.maker import Maker
from maidenhair.clusters.toolchain.probe import Probe
from maidenhair.clusters.toolchain.version import VersionRange
from maidenhair.errors import ToolchainError


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
    """

    name: str
    makers: tuple[Maker, ...]
    recognition: Recognition | None = None
    is_folder: bool = False
