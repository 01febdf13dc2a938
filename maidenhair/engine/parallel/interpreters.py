"""The processes of workers before they have their setup: some start while the run plans."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
from collections import deque
from contextlib import suppress
from pathlib import Path

from maidenhair.config.engine import EngineSettings, cores
from maidenhair.engine.parallel.run_files import RunFolder
from maidenhair.engine.wire.channel import Channel

AT_ONCE = 2
"""The number of processes that may start at the same time, if the machine has fewer cores."""
SEND_SECONDS = 10


class Interpreter:
    """A process that loads the modules of a worker, and waits for the setup.

    Args:
        number: the worker's number, from 1.
        folder: the folder for its files.
        run_folder: the run's folder; the watchdog knows the run's workers by it.

    Attributes:
        number: the worker's number.
        raw: the file that it has as standard output and error.
        process: the process.
        channel: the connection to it.
    """

    def __init__(self, number: int, folder: RunFolder, run_folder: Path) -> None:
        self.number = number
        self.raw = folder.path / f"{number}.raw"
        ours, theirs = socket.socketpair()
        with theirs, self.raw.open("ab") as raw:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    # Public only in name, but multiprocessing uses it too.
                    *subprocess._args_from_interpreter_flags(),  # type: ignore[attr-defined]
                    # Modules of the current folder must not hide those of the standard library.
                    "-P",
                    "-m",
                    "maidenhair.engine.worker.worker",
                    str(theirs.fileno()),
                    str(folder.path),
                    str(run_folder),
                ],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=raw,
                stderr=raw,
                env={**os.environ, "TMPDIR": str(folder.temporary)},
                start_new_session=True,
            )
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SEND_SECONDS, 0))
        self.channel = Channel(ours)

    def kill(self) -> None:
        """Kill the process, with its child processes that are still in its process group."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Interpreters:
    """Starts the processes of workers, with the folder that they share.

    Args:
        run_folder: the run's folder.
    """

    def __init__(self, run_folder: Path) -> None:
        self._run_folder = run_folder
        self._folder: RunFolder | None = None
        self._early: deque[Interpreter] = deque()
        self._started = 0

    def start_early(self, settings: EngineSettings) -> None:
        """Start the first processes. They load their modules while the run plans.

        They have the environment, the folder and the limits that this process has now.
        """
        # Where this fails, a start that is needed fails again, and is reported.
        with suppress(OSError):
            while len(self._early) < min(settings.jobs, at_once()):
                self._early.append(self._start())

    def take(self) -> Interpreter:
        """Return a process that waits for its setup.

        Raises:
            OSError: the process could not be started, or there is no room for its files.
        """
        return self._early.popleft() if self._early else self._start()

    @property
    def folder(self) -> RunFolder:
        """Return the folder with the files of the workers.

        Raises:
            OSError: there is no room for it.
        """
        if self._folder is None:
            self._folder = RunFolder()
        return self._folder

    def close(self, retain: bool = False) -> Path | None:
        """Kill the processes that no worker has, and remove the folder.

        Args:
            retain: whether temporary files of the specs stay, for example because failures name them.

        Returns:
            The folder with the temporary files that stay, None if there are none.
        """
        while self._early:
            interpreter = self._early.popleft()
            interpreter.kill()
            interpreter.channel.close()
        self._started = 0
        folder, self._folder = self._folder, None
        return folder.remove(retain) if folder is not None else None

    def _start(self) -> Interpreter:
        self._started += 1
        return Interpreter(self._started, self.folder, self._run_folder)


def at_once() -> int:
    """Return how many processes may start at the same time."""
    return max(AT_ONCE, cores())
