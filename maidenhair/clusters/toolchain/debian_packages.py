"""Components from Debian packages: unpacked into the cache, not installed."""

from __future__ import annotations

import os
import platform
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import tenacity

from maidenhair.clusters.toolchain.model import Obstacle, digest
from maidenhair.clusters.toolchain.process import program, run
from maidenhair.clusters.toolchain.version import numbers
from maidenhair.errors import ToolchainError

SECONDS = 600.0
LOCK_SECONDS = 300.0
PROGRAMS = ("apt-get", "dpkg-deb")
LOCKED = "Could not get lock"
ADVICE = "only Debian and Ubuntu have it; install the component, or set MAIDENHAIR_TOOL_<COMPONENT>"


def obstacle(package: str) -> Obstacle | None:
    """Return an obstacle with the missing programs of apt and dpkg; None if none is missing."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if not missing:
        return None
    reason = f"{' and '.join(missing)} not on PATH: only Debian and Ubuntu have the package"
    return Obstacle(
        reason,
        f"install {package} with your distribution's package manager, or set MAIDENHAIR_TOOL_<COMPONENT>",
    )


def unpack(package: str, folder: Path) -> str:
    """Download and unpack a package, and those of its dependencies that are not installed.

    If the download fails, root refreshes the package lists and tries again.

    Args:
        package: the package's name.
        folder: the folder to unpack into.

    Returns:
        The package's version.

    Raises:
        ToolchainError: the machine has no apt, or the package could not be downloaded.
    """
    for name in PROGRAMS:
        program(name, ADVICE)
    archives = folder / "archives"
    archives.mkdir()
    try:
        _download(package, archives)
    except ToolchainError as error:
        _refresh(error)
        _download(package, archives)
    for archive in sorted(archives.glob("*.deb")):
        run(["dpkg-deb", "--extract", archive, folder], seconds=SECONDS)
    archive = next(archives.glob(f"{package}_*.deb"))
    version = run(["dpkg-deb", "--field", archive, "Version"], seconds=SECONDS)
    shutil.rmtree(archives)
    return numbers(version)


def install(package: str) -> None:
    """Install a package on this machine, because it works only in its own place, like a compiler.

    Raises:
        ToolchainError: the user is not root, the machine has no apt, or the package could not be installed.
    """
    program("apt-get", ADVICE)
    if os.geteuid() != 0:
        raise ToolchainError(f"only root can install {package}: `sudo apt-get install {package}`")
    command = ["apt-get", "install", "--yes", "--no-install-recommends", package]
    try:
        run(command, seconds=SECONDS)
    except ToolchainError as error:
        _refresh(error)
        run(command, seconds=SECONDS)


def _download(package: str, archives: Path) -> None:
    simulation = ["apt-get", "install", "--dry-run", "--no-install-recommends", package]
    planned = re.findall(r"^Inst (\S+)", run(simulation, seconds=SECONDS), re.MULTILINE)
    # An installed package is not in the plan.
    packages = sorted({package, *planned})
    run(["apt-get", "download", *packages], folder=archives, seconds=SECONDS)


def _refresh(reason: ToolchainError) -> None:
    if os.geteuid() != 0:
        raise ToolchainError(f"{reason}\ntry `sudo apt-get update` first") from reason
    try:
        _update()
    except ToolchainError as error:
        raise ToolchainError(f"{reason}\n{error}") from error


@tenacity.retry(
    retry=tenacity.retry_if_exception_message(match=f"(?s).*{LOCKED}"),
    wait=tenacity.wait_fixed(1.0),
    stop=tenacity.stop_after_delay(LOCK_SECONDS),
    reraise=True,
)
def _update() -> None:
    # apt fails at once while another process, such as a systemd timer, refreshes the lists.
    run(["apt-get", "update"], seconds=SECONDS)


RELEASE = Path("/etc/os-release")


@dataclass(frozen=True)
class DebianPackage:
    """A package of the distribution, with those of its dependencies that are not installed.

    Attributes:
        component: the component's name.
        package: the package's name.
        place: the component's path in the package.
        links: the links that an installation would create: relative path and target.
        seconds: the approximate duration in seconds.
    """

    component: str
    package: str
    place: str
    links: tuple[tuple[str, str], ...] = ()
    seconds: float = 10.0
    lane: str = "debian"

    @property
    def label(self) -> str:
        """The package."""
        return f"Debian package {self.package}"

    @property
    def action(self) -> str:
        """The action for the progress line."""
        return f"Fetching the Debian package {self.package}"

    def entry(self) -> str:
        """Return the entry's name, with a digest of the package's name, the links and the distribution's release.

        The package's version is not part of it: apt needs a second to look it up, and within a release a package gets
        only fixes.
        """
        release = RELEASE if RELEASE.is_file() else "no release file"
        parts = [self.package, repr(self.links), platform.machine(), release]
        return f"{self.component}-debian-{digest(parts)}"

    def obstacle(self) -> Obstacle | None:
        """Return an obstacle with the missing programs of apt and dpkg; None if none is missing."""
        return obstacle(self.package)

    def make(self, folder: Path) -> Mapping[str, str]:
        """Download the packages, unpack them into `folder`, and create the links.

        Raises:
            ToolchainError: the machine has no apt, or the package could not be downloaded.
        """
        version = unpack(self.package, folder)
        for link, target in self.links:
            (folder / link).symlink_to(target)
        return {self.component: version}

    def locate(self, component: str) -> Path:
        """Return the component's path in the entry."""
        return Path(self.place)

    def environment(self, folder: Path) -> Mapping[str, str]:
        """Return the variables with the folders of the unpacked libraries; empty if there are none."""
        libraries = sorted({path.parent for path in folder.glob("usr/lib/*/*.so*")})
        extensions = sorted(folder.glob("usr/lib/*/xtables"))
        variables = {}
        if libraries:
            variables["LD_LIBRARY_PATH"] = os.pathsep.join(map(str, libraries))
        if extensions:
            variables["XTABLES_LIBDIR"] = str(extensions[0])
        return variables
