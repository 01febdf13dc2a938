"""Run the programs that download and build components, and terminate all of them on an interrupt."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from maidenhair._util.process import (
    Command,
    Process,
    command_line,
    describe_exit,
    finish,
    start,
)
from maidenhair.errors import ProgramFailed, ToolchainError

_lock = threading.Lock()
_running: set[Process] = set()
_terminating = threading.Event()


class CommandFailed(ToolchainError):
    """A program that downloads or builds a component failed.

    Args:
        failed: the failure.

    Attributes:
        status: the exit status, or the negative number of the signal that ended the program; None if it did not start
            or exceeded its time limit.
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
    """Run a program to its end, and return its standard output.

    Args:
        command: the program and its arguments.
        seconds: the time limit.
        folder: the working folder; default: the current one.
        environment: variables to add to this process's environment.
        accepted: the exit statuses that count as success.

    Raises:
        CommandFailed: the program could not be started, exceeded the time limit, or failed.
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


def follow(
    command: Command,
    log: Path,
    *,
    seconds: float,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run a program to its end, and write its output to a file as it appears.

    The other arguments are those of `run`.

    Raises:
        CommandFailed: the program could not be started, exceeded the time limit, or failed.
    """
    variables = {"LC_ALL": "C", **(environment or {})}
    try:
        with (
            start(command, folder=folder, environment=variables, merge_output=True) as process,
            _registered(process),
            log.open("w") as file,
        ):
            limit = threading.Timer(seconds, process.kill)
            limit.start()
            try:
                for line in process.stdout or ():
                    file.write(line)
                    file.flush()
                status = process.wait()
            finally:
                limit.cancel()
    except ProgramFailed as failed:
        raise CommandFailed(failed) from failed
    if status:
        problem = describe_exit(status)
        raise CommandFailed(ProgramFailed(command_line(command), problem, log.read_text(), status))


@contextmanager
def all_terminated() -> Iterator[None]:
    """Terminate all running programs, and those that start until the `with` block ends.

    Each `run` that waits for one raises CommandFailed.
    """
    with _lock:
        _terminating.set()
        for process in _running:
            process.terminate()
    try:
        yield
    finally:
        _terminating.clear()


@contextmanager
def _registered(process: Process) -> Iterator[None]:
    with _lock:
        _running.add(process)
        if _terminating.is_set():
            process.terminate()
    try:
        yield
    finally:
        with _lock:
            _running.discard(process)


def program(name: str, advice: str) -> Path:
    """Return the path of a program on PATH.

    Args:
        name: the program's name.
        advice: the end of the error message: what to do if the program is missing.

    Raises:
        ToolchainError: the program is not on PATH.
    """
    found = shutil.which(name)
    if found is None:
        raise ToolchainError(f"{name} is not on PATH; {advice}")
    return Path(found)
