"""Components from packages of Debian and Ubuntu, unpacked into the cache and never installed."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from maidenhair.clusters.toolchain import apt
from maidenhair.clusters.toolchain.digest import digest
from maidenhair.clusters.toolchain.obstacle import Obstacle

RELEASE = Path("/etc/os-release")


@dataclass(frozen=True)
class DebianPackage:
    """A package of the distribution and those that it needs and the machine lacks.

    Attributes:
        component: the component's name.
        package: the package.
        place: the component's path in the package.
        links: what installing the package would link: relative path and target.
        seconds: how long it takes about.
    """

    component: str
    package: str
    place: str
    links: tuple[tuple[str, str], ...] = ()
    seconds: float = 10.0
    lane: str = "debian"

    @property
    def label(self) -> str:
        """Return what it is made from."""
        return f"Debian package {self.package}"

    @property
    def action(self) -> str:
        """Return what is done, for the progress."""
        return f"Fetching the Debian package {self.package}"

    def entry(self) -> str:
        """Return the entry's name; its digest is of the distribution's release.

        Asking apt for the package's version would cost a second at every start, and a package of
        one release gets fixes only.
        """
        release = RELEASE if RELEASE.is_file() else "no release file"
        parts = [self.package, repr(self.links), platform.machine(), release]
        return f"{self.component}-debian-{digest(parts)}"

    def obstacle(self) -> Obstacle | None:
        """Return which program of Debian's the machine lacks; None if it has all."""
        return apt.obstacle(self.package)

    def make(self, folder: Path) -> Mapping[str, str]:
        """Download the packages, unpack them into `folder` and make the links.

        Raises:
            ToolchainError: the machine has no apt, or the package could not be had.
        """
        version = apt.unpack(self.package, folder)
        for link, target in self.links:
            (folder / link).symlink_to(target)
        return {self.component: version}

    def locate(self, component: str) -> Path:
        """Return the component's path in the entry."""
        return Path(self.place)

    def environment(self, folder: Path) -> Mapping[str, str]:
        """Return where the unpacked libraries are; nothing where the machine had them all."""
        libraries = sorted({path.parent for path in folder.glob("usr/lib/*/*.so*")})
        extensions = sorted(folder.glob("usr/lib/*/xtables"))
        variables = {}
        if libraries:
            variables["LD_LIBRARY_PATH"] = os.pathsep.join(map(str, libraries))
        if extensions:
            variables["XTABLES_LIBDIR"] = str(extensions[0])
        return variables
