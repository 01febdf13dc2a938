"""Hands units out to worker processes, and sees to it that each of them ends."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from contextlib import ExitStack
from multiprocessing.connection import wait
from types import FrameType
from typing import Protocol

from maidenhair.config.engine import EngineSettings
from maidenhair.engine.execution.time_limits import Guard
from maidenhair.engine.parallel import protocol
from maidenhair.engine.parallel.ledger import Ledger
from maidenhair.engine.parallel.pool import Pool, WorkerProcess
from maidenhair.engine.parallel.progress import RunProgress
from maidenhair.engine.parallel.records import Event
from maidenhair.engine.parallel.replay import Replay, ReplayRunner
from maidenhair.engine.parallel.results import Results
from maidenhair.engine.parallel.scheduler import Scheduler
from maidenhair.engine.planning.specs import Unit
from maidenhair.engine.publishing.event_publisher import EventPublisher
from maidenhair.engine.run_state import RunState

POLL_SECONDS = 0.2
CHECK_SECONDS = 1.0
LATE_SECONDS = 5.0


class ParallelRunner(ReplayRunner, Protocol):
    """The runner of a run by workers: it shows results, and takes interrupts."""

    guard: Guard


class ParallelRun:
    """A run by several worker processes.

    Args:
        runner: its formatters and reporters show the results.
        state: takes the results.
        settings: the engine's settings.
        units: the units to run, in the order of handing out.
        publisher: publishes run events.
    """

    def __init__(
        self,
        runner: ParallelRunner,
        state: RunState,
        settings: EngineSettings,
        units: Sequence[Unit],
        publisher: EventPublisher,
    ) -> None:
        self._runner = runner
        self._state = state
        self._settings = settings
        self._scheduler = Scheduler(units, settings.budget or {})
        self._results = Results()
        self._replay = Replay(
            runner, state, [spec for unit in units for spec in unit.specs], self._results
        )
        self._pool = Pool(settings, state.folder, state.value)
        self._workers = self._pool.workers
        self._progress = RunProgress(settings, units, lambda: self._workers)
        stop, progress = runner.config.stop, self._progress
        self._ledger = Ledger(
            units, state, self._scheduler, self._results, progress, publisher, stop
        )
        self._shown_once: set[str] = set()
        self._interrupting = False
        self._skipping = False
        self._shown = True
        self._checked = time.monotonic()

    def run(self) -> None:
        """Run the units, and show the results."""
        with ExitStack() as stack:
            stack.callback(self._results.close)
            stack.callback(self.kill)
            stack.enter_context(self._progress)
            self._config = protocol.portable(self._runner.config)
            try:
                while self._scheduler.waiting or self._is_running():
                    self._take_interrupts()
                    self._hire()
                    self._hand_out()
                    self._listen()
            except BaseException:
                # Such as an error of a formatter: what runs has to clean up all the same.
                self._shown = False
                self._runner.guard.interrupted = True
                raise
            finally:
                self._finish()
            self._ledger.close()
            self._replay.stop()
            if not self._advance():
                raise RuntimeError("a result is missing; this is an error of maidenhair's own")

    def skip_cleanups(self) -> None:
        """Kill what runs, at a second signal; called by a signal handler."""
        self._skipping = True

    def kill(self) -> None:
        """Kill every worker, and remove their files."""
        self._pool.kill()

    def end_overdue(self, reason: str) -> None:
        """Do nothing: specs run in workers, which report those that ignore their limits."""

    def report_progress(self, frame: FrameType | None) -> None:
        """Have every worker report its location; called by a signal handler."""
        self._progress.ask()

    def _is_running(self) -> bool:
        return any(worker.state in ("busy", "leaving") for worker in self._workers)

    def _hire(self) -> None:
        if not self._interrupting:
            busy = sum(worker.state == "busy" for worker in self._workers)
            self._pool.grow(len(self._scheduler.waiting) + busy, self._config)

    def _hand_out(self) -> None:
        for worker in self._workers:
            if worker.state != "idle":
                continue
            if self._settings.worker_specs and worker.specs >= self._settings.worker_specs:
                worker.state = "finishing"
                worker.send(protocol.Finish())
                continue
            unit = self._scheduler.take()
            if unit is not None:
                self._give(worker, unit)
            elif worker.inside:
                # Nothing is to be done there soon, and the results have to be complete.
                worker.state = "leaving"
                worker.send(protocol.Leave())

    def _give(self, worker: WorkerProcess, unit: Unit) -> None:
        worker.state, worker.unit, worker.index = "busy", unit, 0
        worker.since = time.monotonic()
        feature = unit.specs[0].id.feature
        filename = self._runner.features[feature].filename
        worker.send(protocol.RunUnit(feature, filename, self._ledger.tasks(unit), unit.stops))

    def _listen(self) -> None:
        """Wait for messages of workers, and take them."""
        wait([worker.connection for worker in self._workers], POLL_SECONDS)
        now = time.monotonic()
        check = now - self._checked > CHECK_SECONDS
        if check:
            self._checked = now
        for worker in list(self._workers):
            dead = worker.is_dead()
            for message in worker.received():
                if worker.state != "gone":
                    self._take(worker, message)
            if worker.state == "gone":
                continue
            if dead:
                self._lose(worker, f"the worker {worker.ending()}")
            elif check:
                self._end_what_is_late(worker, now)
        self._progress.tick()
        self._advance()

    def _end_what_is_late(self, worker: WorkerProcess, now: float) -> None:
        grace = self._settings.grace_period
        if worker.is_late(grace + LATE_SECONDS):
            worker.kill()
            self._lose(worker, "it ignores its limit, and does not answer")
        elif worker.finished_at is not None and now - worker.finished_at > grace:
            worker.kill()
            self._lose(worker, "it did not end after its last hook; is a thread left?")

    def _take(self, worker: WorkerProcess, message: protocol.FromWorker) -> None:
        match message:
            case protocol.Loaded():
                worker.state = "starting"
            case protocol.Ready(events, passed):
                self._show_once(events)
                worker.state = "idle"
                if not passed:
                    self._give_up(f"the hook before_all failed in worker {worker.number}")
            case protocol.Visited(place, entered, _):
                self._results.visited(message)
                if entered:
                    worker.inside.append(place)
                else:
                    worker.inside.remove(place)
            case protocol.Begun(index, at):
                worker.index, worker.since = index, at
                self._ledger.begin(self._unit_of(worker).specs[index], worker.number)
            case protocol.Attempted():
                self._take_attempt(worker, message)
            case protocol.UnitDone():
                self._end_unit(worker)
            case protocol.Where(location):
                self._progress.show_location(worker, location)
            case protocol.Overdue(reason) | protocol.Broken(reason):
                worker.kill()
                self._lose(worker, reason)
            case protocol.Finished(events, passed):
                self._show_once(events)
                if not passed:
                    self._state.fail(
                        f"the hook after_all or a cleanup failed in worker {worker.number}"
                    )
                worker.state, worker.finished_at = "finishing", time.monotonic()

    def _take_attempt(self, worker: WorkerProcess, message: protocol.Attempted) -> None:
        spec = self._unit_of(worker).specs[message.index]
        self._ledger.add(spec, message, worker.number)
        worker.since = message.at
        if message.final:
            worker.specs += 1

    @staticmethod
    def _unit_of(worker: WorkerProcess) -> Unit:
        if worker.unit is None:
            raise RuntimeError(f"worker {worker.number} sent a result of no unit")
        return worker.unit

    def _end_unit(self, worker: WorkerProcess) -> None:
        if worker.unit is not None:
            self._ledger.end(worker.unit)
        worker.state, worker.unit = "idle", None

    def _lose(self, worker: WorkerProcess, reason: str) -> None:
        """Take note that a worker is gone: of the spec that it ran, and of its features and rules."""
        finishing = worker.state == "finishing" and worker.process.returncode == 0
        if not finishing:
            # What it started goes with it.
            worker.kill()
        for place in worker.inside:
            self._results.lost(place)
        if worker.unit is not None:
            step, error = worker.obituary(reason)
            self._ledger.lose(worker, worker.unit, step, error, not self._interrupting)
        elif worker.state in ("loading", "starting"):
            output = worker.last_output()
            self._give_up(f"worker {worker.number} could not start: {reason}\n{output}".rstrip())
        elif not finishing:
            _, obituary = worker.obituary(reason)
            self._state.fail(f"worker {worker.number}: {obituary}")
        worker.close()
        self._workers.remove(worker)

    def _take_interrupts(self) -> None:
        if self._runner.guard.interrupted and not self._interrupting:
            self._interrupting = True
            self._scheduler.drop()
            self._replay.stop()
            for worker in self._workers:
                worker.interrupt()
        if self._skipping:
            for worker in list(self._workers):
                worker.kill()
                self._lose(worker, "it was killed without its cleanups, at a second interrupt")

    def _finish(self) -> None:
        """Have every worker run its last hooks and end."""
        limit = (self._settings.cleanup_timeout or math.inf) + self._settings.grace_period
        until = time.monotonic() + limit + LATE_SECONDS
        for worker in self._workers:
            if worker.state != "finishing":
                worker.send(protocol.Finish())
        while self._workers:
            self._take_interrupts()
            self._listen()
            if time.monotonic() > until:
                for worker in list(self._workers):
                    worker.kill()
                    self._lose(worker, "it did not end in time")

    def _give_up(self, reason: str) -> None:
        if not self._runner.aborted:
            self._runner.aborted = True
            self._state.summary.trouble(reason)
        self._state.failed = True
        self._runner.guard.interrupted = True

    def _show_once(self, events: Sequence[Event]) -> None:
        """Show the output of a hook, but once if several workers wrote the same."""
        text = repr(events)
        if text not in self._shown_once:
            self._shown_once.add(text)
            with self._progress.aside():
                self._replay.play(events)

    def _advance(self) -> bool:
        if not self._shown or not self._results.take_changed():
            return False
        with self._progress.aside():
            return bool(self._replay.advance())
