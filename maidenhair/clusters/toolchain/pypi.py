"""A component that is distributed as a Python package."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from maidenhair.clusters.toolchain import python_packages as python_installer
from maidenhair.clusters.toolchain.digest import digest
from maidenhair.clusters.toolchain.obstacle import Obstacle
from maidenhair.errors import ToolchainError


@dataclass(frozen=True)
class PythonPackage:
    """An executable in a Python package's wheel.

    Attributes:
        component: the component's name.
        package: the package.
        requirements: the file that pins it.
        place: the executable's path in the package's folder.
        seconds: how long it takes about.
    """

    component: str
    package: str
    requirements: Path
    place: str
    seconds: float = 20.0
    lane: str = "python"

    @property
    def label(self) -> str:
        """Return what it is made from."""
        return f"Python package {self.package}"

    @property
    def action(self) -> str:
        """Return what is done, for the progress."""
        return f"Fetching the Python package {self.package}"

    def entry(self) -> str:
        """Return the entry's name, with a digest of all inputs."""
        parts: list[str | Path] = [self.package, platform.machine(), self.requirements]
        return f"{self.component}-{pinned(self.requirements, self.package)}-{digest(parts)}"

    def obstacle(self) -> Obstacle | None:
        """Return that nothing here can install it; None if uv or pip can."""
        return python_installer.obstacle()

    def make(self, folder: Path) -> Mapping[str, str]:
        """Install the package, without what it requires, into `folder`.

        Raises:
            ToolchainError: the installation failed.
        """
        python_installer.install(self.requirements, folder, ("--no-deps",))
        return {self.component: pinned(self.requirements, self.package)}

    def locate(self, component: str) -> Path:
        """Return the component's path in the entry."""
        return Path(self.place)

    def environment(self, folder: Path) -> Mapping[str, str]:
        """Return nothing: it needs no variables."""
        return {}


def pinned(requirements: Path, package: str) -> str:
    """Return the version of `package` that a requirements file pins.

    Raises:
        ToolchainError: the file cannot be read or does not pin the package.
    """
    try:
        text = requirements.read_text()
    except OSError as error:
        raise ToolchainError(f"{requirements} could not be read: {error.strerror}") from error
    found = re.search(rf"^{re.escape(package)}==([^\s;\\]+)", text, re.MULTILINE)
    if found is None:
        raise ToolchainError(f"{requirements} does not pin {package}")
    return found.group(1)
