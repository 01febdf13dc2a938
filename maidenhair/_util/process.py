"""Run programs: to their end, line by line, or in the background."""

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
    """The result of a program that ended.

    Attributes:
        status: the exit status, or the negative number of the signal that ended the program.
        stdout: the text of standard output.
        stderr: the text of standard error; empty if the outputs were merged.
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
    """Run a program without input and wait until it ends.

    Args:
        command: the program and its arguments.
        seconds: the time limit, after which the program is killed.
        folder: the working folder; default: the current one.
        environment: variables to add to this process's environment; the value None removes a variable.
        accepted: the exit statuses that count as success; None accepts all.
        merge_output: whether standard error goes to standard output.
        own_group: whether the program gets its own process group. The group is killed with the program, and an
            interrupt of this process does not reach it.

    Raises:
        ProgramFailed: the program could not be started, exceeded the time limit, or failed.

    Example:
        >>> run(["echo", "hello"], seconds=10).stdout
        'hello\\n'
    """
    with start(
        command,
        folder=folder,
        environment=environment,
        merge_output=merge_output,
        own_group=own_group,
    ) as process:
        return finish(process, command, seconds, accepted)


@contextmanager
def start(
    command: Command,
    *,
    folder: Path | None = None,
    environment: Environment | None = None,
    merge_output: bool = False,
    own_group: bool = False,
) -> Iterator[Process]:
    """Start a program that `finish` waits for. Kill it if the `with` block raises.

    The arguments are those of `run`.

    Raises:
        ProgramFailed: the program could not be started.
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
    """Wait until a started program ends.

    The arguments are those of `run`.

    Raises:
        ProgramFailed: the program exceeded the time limit, or failed.
    """
    try:
        stdout, stderr = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired as expired:
        output = _text(expired.stderr) or _text(expired.stdout)
        problem = f"did not end within {seconds:g} s"
        raise ProgramFailed(command_line(command), problem, output) from expired
    ended = Completed(process.returncode, stdout, stderr or "")
    if accepted is not None and ended.status not in accepted:
        problem = describe_exit(ended.status)
        raise ProgramFailed(
            command_line(command), problem, ended.stderr or ended.stdout, ended.status
        )
    return ended


def lines(command: Command) -> Iterator[str]:
    """Yield a program's output lines until it ends. Closing the iterator kills the program.

    Raises:
        ProgramFailed: the program could not be started.
    """
    with start(command, merge_output=True) as process:
        yield from (line.rstrip("\r\n") for line in process.stdout or ())


class Background:
    """A program that runs during a `with` block. It dies with this process, even if this process is killed.

    Args:
        command: the program and its arguments.
        log: the file for its output; None drops the output.
    """

    def __init__(self, command: Command, log: Path | None = None) -> None:
        self._command = ["setpriv", "--pdeathsig", "KILL", "--", *command]
        self._log = log
        self._process: Process | None = None

    def __enter__(self) -> Self:
        """Start the program.

        Raises:
            ProgramFailed: the program could not be started.
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
        """Kill the program."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(END_SECONDS)

    def exit_description(self) -> str | None:
        """Describe how the program ended, for example "exited with status 1"; None while it runs."""
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
    """Return the last `count` non-blank lines of a program's output."""
    nonblank = [line.rstrip() for line in text.splitlines() if line.strip()]
    return "\n".join(nonblank[-count:])


def command_line(command: Command) -> str:
    """Return a command as one line, quoted for a shell."""
    return shlex.join(map(str, command))


def _text(output: str | bytes | None) -> str:
    # TimeoutExpired holds bytes even if the process was started in text mode.
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
        raise ProgramFailed(
            command_line(command), f"could not be started: {error.strerror}"
        ) from error
