"""Installs pinned Python packages into a folder."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from maidenhair.clusters.toolchain.obstacle import Obstacle
from maidenhair.clusters.toolchain.process import run
from maidenhair.errors import ToolchainError

INSTALL_SECONDS = 7200.0


def obstacle() -> Obstacle | None:
    """Return that neither uv nor pip is there; None if one is."""
    if _command():
        return None
    reason = f"neither uv (on PATH) nor pip (in {sys.prefix}) is there"
    return Obstacle(reason, f"run {sys.executable} -m ensurepip")


def install(
    requirements: Path,
    target: Path,
    options: tuple[str, ...] = (),
    environment: Mapping[str, str] | None = None,
) -> None:
    """Install what a requirements file pins, by uv where there is one, else by pip.

    The user's settings of either, such as a proxy, stay in force. Nothing is byte-compiled.

    Args:
        requirements: the file; every requirement has hashes.
        target: the folder to install into.
        options: further options that uv and pip have in common.
        environment: variables set in addition to the process's own.

    Raises:
        ToolchainError: neither uv nor pip is there, or the installation failed.
    """
    common = ["--require-hashes", "--target", str(target), *options, "-r", str(requirements)]
    command = _command()
    if not command:
        raise ToolchainError(str(obstacle()))
    run([*command, *common], environment=environment, seconds=INSTALL_SECONDS)


def _command() -> list[str]:
    """Return the installer's command up to its `install`; nothing if there is none."""
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.is_file() else shutil.which("uv")
    if uv is not None:
        return [uv, "pip", "install", "--quiet", "--python", sys.executable]
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "--no-compile"]
    return []
