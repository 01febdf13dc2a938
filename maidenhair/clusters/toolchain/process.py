"""Runs the programs that fetch and build, so that all that run can be ended."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from maidenhair._util.process import Command, Process, finish, start
from maidenhair.errors import ProgramFailed, ToolchainError

_lock = threading.Lock()
_running: set[Process] = set()


class CommandFailed(ToolchainError):
    """A program that fetches or builds failed.

    Args:
        failed: how.

    Attributes:
        status: its exit status, or the negative number of the signal that ended it; None if it never ended by itself.
    """

    def __init__(self, failed: ProgramFailed) -> None:
        super().__init__(str(failed))
        self.status = failed.status


def run(
    command: Command,
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
        CommandFailed: it could not be started, took too long or failed; with its last lines.
    """
    variables = {"LC_ALL": "C", **(environment or {})}
    try:
        with (
            start(command, folder=folder, environment=variables) as process,
            _registered(process),
        ):
            return finish(process, command, seconds, accepted).stdout
    except ProgramFailed as failed:
        raise CommandFailed(failed) from failed


def end_all() -> None:
    """End the programs that run now; whoever waits for one, in whatever thread, gets an error."""
    with _lock:
        for process in _running:
            process.terminate()


@contextmanager
def _registered(process: Process) -> Iterator[None]:
    with _lock:
        _running.add(process)
    try:
        yield
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
