"""Runs the programs that fetch and build."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from maidenhair.errors import ToolchainError

LINES_SHOWN = 15
_lock = threading.Lock()
_running: set[subprocess.Popen[str]] = set()


class ProgramFailed(ToolchainError):
    """A program ended with a status that is no success.

    Args:
        text: what it was, and its last lines.
        status: its exit status, or the negative number of the signal that ended it.
    """

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


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
        ToolchainError: it could not be started, or took too long.
        ProgramFailed: it failed; with its last lines.
    """
    words = [str(word) for word in command]
    shown = shlex.join(words)
    try:
        with _started(words, folder, {**os.environ, "LC_ALL": "C", **(environment or {})}) as done:
            out, err = done.communicate(timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise ToolchainError(f"`{shown}` did not end within {seconds:g} s") from error
    except OSError as error:
        raise ToolchainError(f"`{shown}` could not be started: {error.strerror}") from error
    if done.returncode not in accepted:
        last_lines = _last_lines(err or out)
        told = f"`{shown}` ended with status {done.returncode}:\n{last_lines}"
        raise ProgramFailed(told, done.returncode)
    return out


def end_all() -> None:
    """End the programs that run now; whoever waits for one, in whatever thread, is told that it failed."""
    with _lock:
        for process in _running:
            process.terminate()


@contextmanager
def _started(
    words: Sequence[str], folder: Path | None, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[str]]:
    """Start a program that `end_all` can end; it is killed if the body fails."""
    with subprocess.Popen(
        words,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as process:
        with _lock:
            _running.add(process)
        try:
            yield process
        except BaseException:
            process.kill()
            raise
        finally:
            with _lock:
                _running.discard(process)


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
