"""Runs the programs that fetch and build."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from maidenhair.errors import ToolchainError

LINES_SHOWN = 15


def run(
    command: Sequence[str | Path],
    *,
    seconds: float,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    accepted: Collection[int] = (0,),
) -> str:
    """Run a program to its end and return what it wrote to standard output.

    Args:
        command: the program and its arguments.
        seconds: how long it may take.
        folder: its working folder; the current one by default.
        environment: variables set in addition to the process's own.
        accepted: the exit statuses that count as success.

    Raises:
        ToolchainError: it could not be started, took too long or failed; with its last lines.
    """
    words = [str(word) for word in command]
    shown = shlex.join(words)
    try:
        done = subprocess.run(
            words,
            cwd=folder,
            env={**os.environ, "LC_ALL": "C", **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ToolchainError(f"`{shown}` did not end within {seconds:g} s") from error
    except OSError as error:
        raise ToolchainError(f"`{shown}` could not be started: {error.strerror}") from error
    if done.returncode not in accepted:
        last_lines = _last_lines(done.stderr or done.stdout)
        raise ToolchainError(f"`{shown}` ended with status {done.returncode}:\n{last_lines}")
    return done.stdout


def program(name: str, advice: str) -> Path:
    """Return the program `name` of PATH.

    Raises:
        ToolchainError: it is not on PATH; the text ends with `advice`.
    """
    found = shutil.which(name)
    if found is None:
        raise ToolchainError(f"{name} is not on PATH; {advice}")
    return Path(found)


def _last_lines(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return "\n".join(f"  {line}" for line in lines[-LINES_SHOWN:]) or "  (it wrote nothing)"
