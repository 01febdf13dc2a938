"""The worker processes of a run, and the files that it shares with them."""

from __future__ import annotations

import fcntl
import json
import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

from maidenhair.config.engine import EngineSettings, cores
from maidenhair.engine.execution.activity import Activity
from maidenhair.engine.parallel import protocol
from maidenhair.engine.planning.specs import SpecId, Unit

State = Literal["loading", "starting", "idle", "busy", "leaving", "finishing", "gone"]
LAST_LINES = 20
LAST_BYTES = 16_384
LOADING_AT_ONCE = 2


class WorkerProcess:
    """One worker.

    Args:
        number: its number, from 1.
        config: the attributes of behave's configuration that it gets.
        settings: the engine's settings.
        run_folder: the run's folder, for its events and diagnostics.
        run_value: the value that the hook before_run returned.
        folder: the folder for its files.

    Attributes:
        state: whether it loads, works, or ends.
        unit: the unit that it runs, when busy.
        index: the number of the running spec in the unit.
        since: when that spec began, on the clock `time.monotonic`.
        specs: how many specs it ran.
        inside: the features and rules that it is in.
        requested_at: when its location was last requested.
        finished_at: when it was done with its last hook; None before.
    """

    def __init__(
        self,
        number: int,
        config: dict[str, Any],
        settings: EngineSettings,
        run_folder: Path,
        run_value: object,
        folder: RunFolder,
    ) -> None:
        self.number = number
        self.state: State = "loading"
        self.unit: Unit | None = None
        self.index = 0
        self.since = time.monotonic()
        self.specs = 0
        self.inside: list[SpecId] = []
        self.requested_at = 0.0
        self.finished_at: float | None = None
        self._raw, self._tail = folder.path / f"{number}.raw", folder.path / f"{number}.tail"
        self._activity = folder.path / f"{number}.activity"
        ours, theirs = socket.socketpair()
        with theirs, self._raw.open("ab") as raw:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    *(f"-W{option}" for option in sys.warnoptions),
                    "-m",
                    "maidenhair.engine.parallel.worker",
                    str(theirs.fileno()),
                ],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=raw,
                stderr=raw,
                env={**os.environ, "TMPDIR": str(folder.temporary)},
                start_new_session=True,
            )
        self.connection: Connection = Connection(ours.detach())
        files = (self._raw, self._tail, self._activity)
        value = pickle.dumps(run_value)
        modules = list(sys.path)
        self.send(protocol.Setup(number, modules, config, settings, run_folder, value, *files))

    @property
    def activity(self) -> Activity | None:
        """Return its current or last activity."""
        return read_activity(self._activity)

    def send(self, message: protocol.ToWorker) -> None:
        """Send it a message; a worker that is gone is noticed elsewhere."""
        with suppress(OSError):
            self.connection.send(message)

    def received(self) -> list[protocol.FromWorker]:
        """Return its messages since the last call."""
        messages = []
        with suppress(EOFError, OSError):
            while self.connection.poll():
                messages.append(self.connection.recv())
        return messages

    def is_dead(self) -> bool:
        """Return whether the process has ended."""
        return self.process.poll() is not None

    def interrupt(self) -> None:
        """Have it interrupt the running spec, clean up, and run nothing more."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        """Kill it, with its child processes that are still in its process group."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def close(self) -> None:
        """Remove its files and its connection; the process has ended."""
        self.state = "gone"
        self.connection.close()
        for path in (self._raw, self._tail, self._activity):
            path.unlink(missing_ok=True)

    def ending(self) -> str:
        """Describe how the process ended, for example `was killed by SIGTERM`."""
        code = self.process.wait()
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"exited with {code}"

    def is_late(self, grace: float) -> bool:
        """Return whether the running spec is over its limit by more than `grace` seconds."""
        activity = self.activity
        if self.state != "busy" or activity is None or activity.deadline is None:
            return False
        late = time.monotonic() - activity.deadline
        return activity.since >= self.since and late > grace

    def obituary(self, reason: str) -> tuple[int | None, str]:
        """Return the number of the step that it was in, and a text: the reason, the place, and its last output."""
        activity = self.activity
        if activity is not None and activity.since < self.since and not activity.spec:
            # That was before the running spec.
            activity = None
        place = f" in {activity.what}" if activity is not None and activity.what else ""
        output = self.last_output()
        last = f"\nIts last output:\n{output}" if output else ""
        return (
            activity.step if activity is not None else None,
            f"Worker lost{place}: {reason}{last}",
        )

    def last_output(self) -> str:
        """Return the last lines of output of the running spec and its child processes."""
        lines = [line for path in (self._tail, self._raw) for line in _last_lines(path)]
        return "\n".join(lines[-LAST_LINES:])


def _last_lines(path: Path) -> Sequence[str]:
    with suppress(OSError), path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - LAST_BYTES))
        return file.read().decode("utf-8", errors="replace").splitlines()[-LAST_LINES:]
    return ()


class Pool:
    """The workers of a run, and the folder with their files.

    Args:
        settings: the engine's settings.
        run_folder: the run's folder, for its events and diagnostics.
        run_value: the value that the hook before_run returned.

    Attributes:
        workers: the workers; the run removes those that are gone.
    """

    def __init__(self, settings: EngineSettings, run_folder: Path, run_value: object) -> None:
        self.workers: list[WorkerProcess] = []
        self._run_folder = run_folder
        self._settings = settings
        self._run_value = run_value
        self._folder = RunFolder()
        self._hired = 0

    def grow(self, work: int, config: dict[str, Any]) -> None:
        """Start as many workers as there is work for, within the number of jobs.

        Args:
            work: the number of units that wait or run.
            config: the attributes of behave's configuration that workers get.
        """
        loading = sum(worker.state == "loading" for worker in self.workers)
        # All at once, none would be there soon.
        at_once = len(self.workers) + max(LOADING_AT_ONCE, cores()) - loading
        while len(self.workers) < min(self._settings.jobs, work, at_once):
            self._hired += 1
            self.workers.append(
                WorkerProcess(
                    self._hired,
                    config,
                    self._settings,
                    self._run_folder,
                    self._run_value,
                    self._folder,
                )
            )

    def kill(self) -> None:
        """Kill every worker, and remove their files."""
        for worker in self.workers:
            worker.kill()
        self._folder.remove()


PREFIX = "maidenhair-run-"
LOCK = "lock"
TEMPORARY = "tmp"


class RunFolder:
    """A folder that is removed with the run; those of runs that were killed are removed when the next one begins.

    Attributes:
        path: the folder.
        temporary: the folder in it for temporary files of workers and their child processes.
    """

    def __init__(self) -> None:
        remove_dead()
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        self.temporary = self.path / TEMPORARY
        self.temporary.mkdir()
        # Locked before it has its name: a file of that name without a lock belongs to a dead run.
        lock = self.path / f"{LOCK}.new"
        self._lock = lock.open("wb")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        lock.rename(self.path / LOCK)

    def remove(self) -> None:
        """Remove it."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.close()


def remove_dead() -> None:
    """Remove the folders of this user's runs that have ended."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            if folder.stat().st_uid != os.geteuid():
                continue
            with (folder / LOCK).open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            # Its run lives, or another run removes it.
            continue


_LONGEST = 500


class ActivityFile:
    """A file with the current activity of a worker, which the run reads even if the worker hangs.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)

    def write(self, activity: Activity) -> None:
        """Write the current activity."""
        short = activity._replace(spec=activity.spec[:_LONGEST], what=activity.what[:_LONGEST])
        os.pwrite(self._descriptor, json.dumps(short._asdict()).encode() + b"\n", 0)


def read_activity(path: Path) -> Activity | None:
    """Return the current or last activity of a worker, or None if it is unknown."""
    try:
        line, _, _ = path.read_bytes().partition(b"\n")
        return Activity(**json.loads(line))
    except (OSError, ValueError, TypeError):
        return None
