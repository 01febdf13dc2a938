"""The worker processes of a run, and the files that it shares with them."""

from __future__ import annotations

import pickle
import signal
import sys
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from maidenhair.config.engine import EngineSettings
from maidenhair.engine.limits.activity import Activity
from maidenhair.engine.limits.suite_limits import SuiteLimits
from maidenhair.engine.parallel.interpreters import Interpreter, Interpreters, at_once
from maidenhair.engine.planning.places import SpecId
from maidenhair.engine.planning.specs import Unit
from maidenhair.engine.wire import protocol
from maidenhair.engine.wire.stand_ins import FormatterTraits
from maidenhair.engine.wire.worker_files import (
    LAST_LINES,
    last_lines,
    note_on_loss,
    read_activity,
)

State = Literal["loading", "starting", "idle", "busy", "leaving", "finishing", "gone"]


class WorkerProcess:
    """One worker.

    Args:
        interpreter: its process, which waits for the setup.
        config: the attributes of behave's configuration that it gets.
        limits: the limits of hooks, cleanups and output.
        run_folder: the run's folder, for its events and diagnostics.
        run_value: the value that the hook before_run returned.
        formatters: the formatters of the run.

    Attributes:
        number: its number, from 1.
        process: its process.
        channel: the connection to it.
        state: whether it loads, works, or ends.
        units: the units that it has, the running one first.
        held: the specs that it ran and whose results it holds.
        begun: whether a spec of the first unit has begun.
        index: the number of the running spec in the unit.
        features: the features whose text it has.
        feature: the feature of its last unit; -1 before the first.
        since: when that spec began, on the clock `time.monotonic`.
        specs: how many specs it ran.
        inside: the features and rules that it is in.
        requested_at: when its location was last requested.
        finished_at: when it was done with its last hook; None before.
        threads: the names of the threads that it has to wait for after that.
    """

    def __init__(
        self,
        interpreter: Interpreter,
        config: dict[str, Any],
        limits: SuiteLimits,
        run_folder: Path,
        run_value: object,
        formatters: Sequence[FormatterTraits],
    ) -> None:
        self._interpreter = interpreter
        self.number = number = interpreter.number
        self.process, self.channel = interpreter.process, interpreter.channel
        self.state: State = "loading"
        self.units: deque[Unit] = deque()
        self.held: dict[SpecId, tuple[Unit, protocol.Attempted]] = {}
        self.begun = False
        self.index = 0
        self.features: set[int] = set()
        self.feature = -1
        self.since = time.monotonic()
        self.specs = 0
        self.inside: list[SpecId] = []
        self.requested_at = 0.0
        self.finished_at: float | None = None
        self.threads: Sequence[str] = ()
        self._raw = interpreter.raw
        self._tail = self._raw.with_suffix(".tail")
        self._activity = self._raw.with_suffix(".activity")
        files = (self._raw, self._tail, self._activity)
        value = pickle.dumps(run_value)
        places = (Path.cwd(), formatters, list(sys.path))
        packed = pickle.dumps(config)
        common = (limits, run_folder, value)
        self.send(protocol.Setup(number, *places, packed, *common, *files))

    @property
    def unit(self) -> Unit | None:
        """Return the unit that it runs, or None."""
        return self.units[0] if self.units else None

    @property
    def activity(self) -> Activity | None:
        """Return its current or last activity."""
        return read_activity(self._activity)

    @property
    def _running(self) -> str:
        """Return the place of the running spec; empty between specs."""
        return str(self.units[0].specs[self.index].id) if self.units and self.begun else ""

    def send(self, *messages: protocol.ToWorker) -> None:
        """Send it messages; a worker that is gone is noticed elsewhere."""
        try:
            self.channel.send(*messages)
        except BlockingIOError:
            # It does not read, and has a part of the message: nothing more can be sent to it.
            self.process.kill()
        except OSError:
            pass

    def received(self) -> list[protocol.FromWorker]:
        """Return its messages since the last call."""
        with suppress(EOFError):
            return self.channel.received()
        return []

    def is_dead(self) -> bool:
        """Return whether the process has ended."""
        return self.process.poll() is not None

    def interrupt(self) -> None:
        """Have it interrupt the running spec, clean up, and run nothing more."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        """Kill it, with its child processes that are still in its process group."""
        self._interpreter.kill()

    def close(self) -> None:
        """Remove its files and its connection; the process has ended."""
        self.state = "gone"
        self.channel.close()
        for path in (self._raw, self._tail, self._activity):
            path.unlink(missing_ok=True)

    def ending(self) -> str:
        """Describe how the process ended, for example `was killed by SIGTERM`."""
        code = self.process.wait()
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"exited with {code}"

    def is_late(self, grace: float) -> bool:
        """Return whether the running spec or hook is over its limit by more than `grace` seconds."""
        activity = self.activity
        if (
            self.state not in ("starting", "busy", "leaving")
            or activity is None
            or activity.deadline is None
        ):
            return False
        late = time.monotonic() - activity.deadline
        return activity.since >= self.since and late > grace

    def obituary(self, reason: str) -> tuple[int | None, str]:
        """Return the number of the step that it was in, and a text: the reason, the place, and its last output."""
        activity, running = self.activity, self._running
        if activity is not None:
            # The file has the last activity until the next one begins.
            is_old = activity.since < self.since or activity.spec_id not in ("", running)
            activity = None if is_old else activity
        place = f" in {activity.what}" if activity is not None and activity.what else ""
        output = self.last_output()
        last = f"\nIts last output:\n{output}" if output else ""
        return (
            activity.step if activity is not None and activity.spec_id else None,
            f"Worker lost{place}: {reason}{last}",
        )

    def last_output(self) -> str:
        """Return the last lines of output of the running spec and its child processes."""
        lines = [line for path in (self._tail, self._raw) for line in last_lines(path)]
        return "\n".join(filter(None, [*lines[-LAST_LINES:], note_on_loss(self._tail)]))


class Pool:
    """The workers of a run, and the folder with their files.

    Args:
        settings: the engine's settings.
        interpreters: starts the processes.
        run_folder: the run's folder, for its events and diagnostics.
        run_value: the value that the hook before_run returned.

    Attributes:
        workers: the workers; the run removes those that are gone.
    """

    def __init__(
        self,
        settings: EngineSettings,
        interpreters: Interpreters,
        run_folder: Path,
        run_value: object,
    ) -> None:
        self.workers: list[WorkerProcess] = []
        self._settings = settings
        self._interpreters = interpreters
        self._run_folder = run_folder
        self._run_value = run_value

    def grow(
        self, work: int, config: dict[str, Any], formatters: Sequence[FormatterTraits]
    ) -> None:
        """Start as many workers as there is work for, within the number of jobs.

        Args:
            work: the number of units that wait or run.
            config: the attributes of behave's configuration that workers get.
            formatters: the formatters of the run.

        Raises:
            OSError: a process could not be started, or there is no room for its files.
        """
        loading = sum(worker.state == "loading" for worker in self.workers)
        # All at once, none would be there soon.
        most = len(self.workers) + at_once() - loading
        while len(self.workers) < min(self._settings.jobs, work, most):
            limits = SuiteLimits.of(self._settings)
            setup = (config, limits, self._run_folder, self._run_value, formatters)
            self.workers.append(WorkerProcess(self._interpreters.take(), *setup))

    def kill(self, retain: bool = False) -> Path | None:
        """Kill every worker, and remove their files.

        Args:
            retain: whether temporary files of the specs stay, for example because failures name them.

        Returns:
            The folder with the temporary files that stay, None if there are none.
        """
        for worker in self.workers:
            worker.kill()
        return self._interpreters.close(retain)
