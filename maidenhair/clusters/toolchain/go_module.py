"""What all components from Go modules share."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from maidenhair.clusters.toolchain.obstacle import Obstacle
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
