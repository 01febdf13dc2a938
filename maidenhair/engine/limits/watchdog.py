"""The watchdog of this process: enforces limits if its main thread lets no other thread run, or if it is stopped."""

from __future__ import annotations

import math
import mmap
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from maidenhair.engine.limits.watchdog_process import (
    DEADLINE,
    ENDING,
    HEADER,
    IN_STEP,
    SHARED_BYTES,
)

_PROGRAM = Path(__file__).with_name("watchdog_process.py")
# They are for the run; the watchdog ends with it. A stop of the whole process group stops the watchdog too.
_BLOCKED = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
)


class Watchdog:
    """A process that watches this one.

    Args:
        grace: the seconds after a limit at which this process is killed.
        folder: the run's folder, which has the results until then.
        configuration: returns what the program that makes the reports after that needs to know.
    """

    def __init__(self, grace: float, folder: Path, configuration: Callable[[], bytes]) -> None:
        self._grace = grace
        self._folder = folder
        self._configuration = configuration
        self._shared: mmap.mmap | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it. Without it, only the thread in this process enforces limits."""
        with (
            suppress(OSError),
            tempfile.TemporaryFile() as file,
            tempfile.TemporaryFile() as configuration,
        ):
            configuration.write(self._configuration())
            configuration.flush()
            file.truncate(SHARED_BYTES)
            self._shared = mmap.mmap(file.fileno(), SHARED_BYTES)
            self.set(math.inf)
            blocked = signal.pthread_sigmask(signal.SIG_BLOCK, _BLOCKED)
            try:
                self._process = subprocess.Popen(
                    [
                        *(sys.executable, "-I", "-S", str(_PROGRAM)),
                        *(str(file.fileno()), str(os.getpid()), str(self._grace)),
                        *(str(self._folder), str(configuration.fileno())),
                    ],
                    stdin=subprocess.PIPE,
                    pass_fds=[file.fileno(), configuration.fileno()],
                )
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, blocked)

    def set(self, deadline: float, name: str = "") -> None:
        """Set the deadline, on the clock `time.monotonic`, infinity for none, and the name of what has it."""
        if self._shared is not None:
            encoded = name.encode(errors="replace")[: SHARED_BYTES - HEADER - 1] + b"\0"
            self._shared[HEADER : HEADER + len(encoded)] = encoded
            DEADLINE.pack_into(self._shared, 0, deadline)

    def set_in_step(self, in_step: bool) -> None:
        """Set whether a step runs."""
        if self._shared is not None:
            self._shared[IN_STEP] = in_step

    @property
    def is_ending(self) -> bool:
        """Return whether it is about to kill this process, and another one makes the reports."""
        return self._shared is not None and bool(self._shared[ENDING])

    def stop(self) -> None:
        """Stop it, and wait for its end."""
        self.set(math.inf)
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
