"""The watchdog of this process: enforces limits if its main thread lets no other thread run, or if it is stopped."""

from __future__ import annotations

import math
import mmap
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from maidenhair.engine.limits.watchdog_process import DEADLINE, SHARED_BYTES

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
    """

    def __init__(self, grace: float, folder: Path) -> None:
        self._grace = grace
        self._folder = folder
        self._shared: mmap.mmap | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it. Without it, only the thread in this process enforces limits."""
        with suppress(OSError), tempfile.TemporaryFile() as file:
            file.truncate(SHARED_BYTES)
            self._shared = mmap.mmap(file.fileno(), SHARED_BYTES)
            self.set(math.inf)
            blocked = signal.pthread_sigmask(signal.SIG_BLOCK, _BLOCKED)
            try:
                self._process = subprocess.Popen(
                    [
                        *(sys.executable, "-I", "-S", str(_PROGRAM)),
                        *(str(file.fileno()), str(os.getpid()), str(self._grace)),
                        str(self._folder),
                    ],
                    stdin=subprocess.PIPE,
                    pass_fds=[file.fileno()],
                )
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, blocked)

    def set(self, deadline: float, name: str = "") -> None:
        """Set the deadline, on the clock `time.monotonic`, infinity for none, and the name of what has it."""
        if self._shared is not None:
            encoded = name.encode(errors="replace")[: SHARED_BYTES - DEADLINE.size - 1] + b"\0"
            self._shared[DEADLINE.size : DEADLINE.size + len(encoded)] = encoded
            DEADLINE.pack_into(self._shared, 0, deadline)

    def stop(self) -> None:
        """Stop it, and wait for its end."""
        self.set(math.inf)
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
