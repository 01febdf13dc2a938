"""Programs: run to their end, read line by line, or kept running in the background."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from maidenhair.errors import ProgramFailed

END_SECONDS = 10.0
Command = Sequence[str | Path]
Environment = Mapping[str, str | None]
Process = subprocess.Popen[str]


@dataclass(frozen=True)
class Completed:
    """A program that ended.

    Attributes:
        status: its exit status, or the negative number of the signal that ended it.
        stdout: what it wrote to standard output.
        stderr: what it wrote to standard error; empty if both were merged.
    """

    status: int
    stdout: str
    stderr: str


def run(
    command: Command,
    *,
    seconds: float,
    folder: Path | None = None,
    environment: Environment | None = None,
    accepted: Collection[int] | None = (0,),
    merge_output: bool = False,
    own_group: bool = False,
) -> Completed:
    """Run a program to its end, without input, and return how it ended and what it wrote.

    Args:
        command: the program and its arguments.
        seconds: how long it may take; it is killed then.
        folder: its working folder; the current one by default.
        environment: variables in addition to the process's own; None removes one.
        accepted: the exit statuses that count as success; None accepts all.
        merge_output: whether standard error goes to standard output.
        own_group: whether it gets a process group, which is killed with it; an interrupt of ours does not reach it.

    Raises:
        ProgramFailed: it could not be started, took too long or failed.
    """
    with started(
        command,
        folder=folder,
        environment=environment,
        merge_output=merge_output,
        own_group=own_group,
    ) as process:
        return finish(process, command, seconds, accepted)


@contextmanager
def started(
    command: Command,
    *,
    folder: Path | None = None,
    environment: Environment | None = None,
    merge_output: bool = False,
    own_group: bool = False,
) -> Iterator[Process]:
    """Start a program for `finish`; it is killed if the body fails. Takes the arguments of `run`.

    Raises:
        ProgramFailed: it could not be started.
    """
    process = _popen(
        command,
        folder,
        environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if merge_output else subprocess.PIPE,
        own_group=own_group,
    )
    with process:
        try:
            yield process
        except BaseException:
            if own_group:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            raise


def finish(
    process: Process,
    command: Command,
    seconds: float,
    accepted: Collection[int] | None = (0,),
) -> Completed:
    """Wait until a started program ends, and return what `run` does.

    Raises:
        ProgramFailed: it took too long or failed.
    """
    try:
        stdout, stderr = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired as expired:
        output = _text(expired.stderr) or _text(expired.stdout)
        problem = f"did not end within {seconds:g} s"
        raise ProgramFailed(show(command), problem, output) from expired
    ended = Completed(process.returncode, stdout, stderr or "")
    if accepted is not None and ended.status not in accepted:
        problem = describe_exit(ended.status)
        raise ProgramFailed(show(command), problem, ended.stderr or ended.stdout, ended.status)
    return ended


def lines(command: Command) -> Iterator[str]:
    """Yield the lines that a program writes, until it ends or the iterator is closed, which kills it.

    Raises:
        ProgramFailed: it could not be started.
    """
    with started(command, merge_output=True) as process:
        yield from (line.rstrip("\r\n") for line in process.stdout or ())


class Background:
    """A program that runs while the context is entered, and that ends with this process, however that ends.

    Args:
        command: the program and its arguments.
        log: the file for what it writes, which is dropped if None.
    """

    def __init__(self, command: Command, log: Path | None = None) -> None:
        self._command = ["setpriv", "--pdeathsig", "KILL", "--", *command]
        self._log = log
        self._process: Process | None = None

    def __enter__(self) -> Self:
        """Start it.

        Raises:
            ProgramFailed: it could not be started.
        """
        if self._log is None:
            output: int = subprocess.DEVNULL
            self._process = _popen(self._command, stdout=output, stderr=output)
            return self
        with self._log.open("wb") as log:
            self._process = _popen(self._command, stdout=log, stderr=log)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Kill it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(END_SECONDS)

    def ended(self) -> str | None:
        """Describe how it ended, for example "exited with status 1"; None while it runs."""
        status = None if self._process is None else self._process.poll()
        return None if status is None else describe_exit(status)


def describe_exit(status: int) -> str:
    """Describe how a process ended, for example "exited with status 1" or "was killed by SIGTERM"."""
    if status >= 0:
        return f"exited with status {status}"
    with suppress(ValueError):
        return f"was killed by {signal.Signals(-status).name}"
    return f"was killed by signal {-status}"


def last_lines(text: str, count: int = 15) -> str:
    """Return the last lines of a program's output that are not empty."""
    found = [line.rstrip() for line in text.splitlines() if line.strip()]
    return "\n".join(found[-count:])


def show(command: Command) -> str:
    """Return a command line as a shell takes it."""
    return shlex.join(map(str, command))


def _text(output: str | bytes | None) -> str:
    # What was read before a timeout is not decoded, whatever was asked for.
    return output.decode(errors="replace") if isinstance(output, bytes) else output or ""


def _popen(
    command: Command,
    folder: Path | None = None,
    environment: Environment | None = None,
    *,
    stdout: int | IO[bytes],
    stderr: int | IO[bytes],
    own_group: bool = False,
) -> Process:
    merged = {**os.environ, **(environment or {})}
    try:
        return subprocess.Popen(
            [str(word) for word in command],
            cwd=folder,
            env={name: value for name, value in merged.items() if value is not None},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            text=True,
            errors="replace",
            start_new_session=own_group,
        )
    except OSError as error:
        raise ProgramFailed(show(command), f"could not be started: {error.strerror}") from error
