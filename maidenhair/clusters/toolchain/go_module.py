"""What all components from Go modules share."""

from __future__ import annotations

import re
from pathlib import Path

from maidenhair.clusters.toolchain.process import program
from maidenhair.errors import ToolchainError

SETTINGS = {"CGO_ENABLED": "0", "GOWORK": "off"}
"""Static binaries, from the module's own versions; the user's GOFLAGS and others stay in force."""


def go() -> Path:
    """Return the go command.

    Raises:
        ToolchainError: it is not on PATH.
    """
    return program("go", "install Go, or set the component's path (MAIDENHAIR_TOOL_…)")


def pinned(go_mod: Path, module: str) -> str:
    """Return the version of `module` that a go.mod requires, without the leading "v".

    Raises:
        ToolchainError: the file cannot be read or does not require the module.
    """
    try:
        text = go_mod.read_text()
    except OSError as error:
        raise ToolchainError(f"{go_mod} could not be read: {error.strerror}") from error
    found = re.search(rf"^(?:require)?\s+{re.escape(module)} v(\S+)", text, re.MULTILINE)
    if found is None:
        raise ToolchainError(f"{go_mod} does not require {module}")
    return found.group(1)
