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
from maidenhair.engine.capture.text_filters import TextFilters
from maidenhair.engine.limits.time_limits import Guard
from maidenhair.engine.parallel.attempts import Attempts
from maidenhair.engine.parallel.dispatcher import Dispatcher
from maidenhair.engine.parallel.interpreters import Interpreters
from maidenhair.engine.parallel.ledger import Ledger
from maidenhair.engine.parallel.lost_workers import EXIT_SECONDS, LostWorkers
from maidenhair.engine.parallel.pool import Pool, WorkerProcess
from maidenhair.engine.parallel.progress import RunProgress
from maidenhair.engine.parallel.run_hooks_shown import RunHooksShown
from maidenhair.engine.parallel.scheduler import Scheduler
from maidenhair.engine.planning.sources import Sources
from maidenhair.engine.planning.specs import Unit
from maidenhair.engine.publishing.event_publisher import EventPublisher
from maidenhair.engine.replay.added import HookRunner
from maidenhair.engine.replay.replay import Replay, ReplayRunner
from maidenhair.engine.replay.results import Results
from maidenhair.engine.run_state import RunState
from maidenhair.engine.wire import protocol
from maidenhair.engine.wire.stand_ins import FormatterTraits

POLL_SECONDS = 0.2
CHECK_SECONDS = 1.0


class ParallelRunner(ReplayRunner, HookRunner, Protocol):
    """The runner of a run by workers: it shows results, and takes interrupts."""

    guard: Guard
    interpreters: Interpreters
    sources: Sources
    filters: TextFilters

    def stop_run(self, reason: str) -> None:
        """Take note that the suite stops the run."""


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
        self._publisher = publisher
        self._scheduler = Scheduler(units, settings.budget or {})
        self._results = Results()
        specs = [spec for unit in units for spec in unit.specs]
        self._replay = Replay(runner, state, specs, self._results)
        self._pool = Pool(settings, runner.interpreters, state.folder, state.value)
        self._workers = self._pool.workers
        self._progress = RunProgress(settings, units, lambda: self._workers)
        stop, progress = runner.config.stop, self._progress
        self._ledger = Ledger(
            units, state, self._scheduler, self._results, progress, publisher, stop
        )
        texts = runner.sources.texts
        self._dispatcher = Dispatcher(settings, self._scheduler, self._ledger, texts, stop)
        self._attempts = Attempts(self._ledger, self._dispatcher.pace)
        self._losses = LostWorkers(
            self._workers,
            runner.filters,
            state,
            settings.grace_period,
            self._ledger,
            self._attempts,
            self._results,
            self._give_up,
        )
        self._hooks_shown = RunHooksShown(runner, state, self._replay, self._progress)
        self._interrupting = False
        self._skipping = False
        self._shown = True
        self._checked = time.monotonic()

    def run(self) -> None:
        """Run the units, and show the results."""
        with ExitStack() as stack:
            stack.callback(self._results.close)
            stack.callback(self._remove_files)
            stack.enter_context(self._progress)
            self._config = protocol.portable(self._runner.config)
            self._traits = [FormatterTraits.of(each) for each in self._runner.formatters]
            try:
                while self._scheduler.count or self._is_running():
                    self._take_interrupts()
                    self._hire()
                    self._dispatcher.hand_out(self._workers)
                    self._listen()
            except BaseException:
                # What runs has to clean up all the same.
                self._shown = False
                self._runner.guard.interrupted = True
                raise
            finally:
                self._finish()
            self._ledger.close()
            self._replay.stop()
            if not self._show_results():
                raise RuntimeError("a result is missing; this is an error of maidenhair's own")

    def skip_cleanups(self) -> None:
        """Kill what runs, at a second signal; called by a signal handler."""
        self._skipping = True

    def kill(self) -> None:
        """Kill every worker, and remove their files."""
        self._progress.release()
        self._pool.kill()

    def _remove_files(self) -> None:
        failed = self._state.failed and not self._interrupting
        retained = self._pool.kill(retain=failed)
        if retained is not None:
            self._state.summary.note(f"temporary files of the specs, for a day: {retained}")

    def end_overdue(self, reason: str) -> None:
        """Do nothing: workers report specs that ignore their limits."""

    def make_room(self) -> None:
        """Take the display away for a message of a signal handler."""
        self._progress.make_room()

    def report_progress(self, frame: FrameType | None) -> None:
        """Have every worker report its location; called by a signal handler."""
        self._progress.ask()

    def _is_running(self) -> bool:
        return any(worker.state in ("busy", "leaving") for worker in self._workers)

    def _hire(self) -> None:
        if not self._interrupting:
            busy = sum(worker.state == "busy" for worker in self._workers)
            try:
                self._pool.grow(self._scheduler.count + busy, self._config, self._traits)
            except OSError as error:
                if not self._workers:
                    self._give_up(
                        f"no worker could start: {error}. Workers need temporary files: set TMPDIR to a folder with "
                        "free space, or run with -j 1"
                    )

    def _listen(self) -> None:
        """Wait for messages of workers, and take them."""
        # While workers have units ahead, many messages are read at once.
        time.sleep(self._dispatcher.pace.pause)
        wait([worker.channel.fileno() for worker in self._workers], POLL_SECONDS)
        now = time.monotonic()
        check = now - self._checked > CHECK_SECONDS
        if check:
            self._checked = now
        # One write for each message would take longer than a short spec.
        with self._publisher.together():
            for worker in list(self._workers):
                self._listen_to(worker, now, check)
        self._progress.tick()
        self._advance()

    def _listen_to(self, worker: WorkerProcess, now: float, check: bool) -> None:
        dead = worker.is_dead()
        for message in worker.received():
            if worker.state != "gone":
                self._take(worker, message)
        if worker.state == "gone":
            return
        if dead:
            self._losses.lose(worker, f"the worker {worker.ending()}")
        elif check:
            self._losses.end_late(worker, now)

    def _take(self, worker: WorkerProcess, message: protocol.FromWorker) -> None:
        match message:
            case protocol.Loaded():
                worker.state = "starting"
            case protocol.Ready():
                self._hooks_shown.ready(message)
                worker.state = "idle"
                if not message.passed:
                    self._give_up(f"the hook before_all failed in worker {worker.number}")
            case protocol.Visited(place, entered, _):
                self._results.visited(message)
                if entered:
                    worker.inside.append(place)
                else:
                    worker.inside.remove(place)
            case protocol.Begun(number, at):
                worker.index, worker.since, worker.begun = number, at, True
                self._ledger.begin(worker.units[0].specs[number], worker.number)
            case protocol.Attempted():
                self._attempts.end(worker, message)
            case protocol.Settled():
                self._attempts.settle(worker, message)
            case protocol.UnitDone():
                self._attempts.end_unit(worker)
                if not worker.units:
                    worker.state = "idle"
            case protocol.Where(location):
                self._progress.show_location(worker, self._runner.filters.text(location))
            case protocol.Aborted(reason):
                self._stop(reason)
            case protocol.Overdue(reason) | protocol.Broken(reason):
                worker.kill()
                self._losses.lose(worker, reason)
            case protocol.Finished():
                self._hooks_shown.finished(message, worker.number)
                worker.state, worker.finished_at = "finishing", time.monotonic()
                worker.threads = message.threads

    def _stop(self, reason: str) -> None:
        """Start no spec any more, because the suite stops the run. Running specs go on."""
        self._runner.stop_run(reason)
        self._runner.aborted = True
        self._scheduler.drop()
        self._replay.stop()
        for worker in self._workers:
            worker.send(protocol.Stop())

    def _take_interrupts(self) -> None:
        if self._runner.guard.interrupted and not self._interrupting:
            self._interrupting = True
            self._losses.hand_out_again = False
            self._scheduler.drop()
            self._replay.stop()
            for worker in self._workers:
                worker.interrupt()
        if self._skipping:
            for worker in list(self._workers):
                worker.kill()
                self._losses.lose(
                    worker, "it was killed without its cleanups, at a second interrupt"
                )

    def _finish(self) -> None:
        """Have every worker run its last hooks and end."""
        limit = (self._settings.cleanup_timeout or math.inf) + self._settings.grace_period
        until = time.monotonic() + limit + EXIT_SECONDS
        for worker in self._workers:
            if worker.state != "finishing":
                worker.send(protocol.Finish())
        while self._workers:
            self._take_interrupts()
            self._listen()
            if time.monotonic() > until:
                for worker in list(self._workers):
                    worker.kill()
                    self._losses.lose(worker, "it did not end in time")

    def _give_up(self, reason: str) -> None:
        if not self._runner.aborted:
            self._runner.aborted = True
            self._state.summary.trouble(reason)
        self._state.failed = True
        self._runner.guard.interrupted = True
        # Before the next results are shown: features without specs are decided from the start.
        self._replay.stop()

    def _advance(self) -> None:
        # The hook before_all may add reporters, which get every feature.
        if self._shown and self._state.has_reporters and self._results.take_changed():
            self._show_results()

    def _show_results(self) -> bool:
        """Show the results so far. Return whether all were shown."""
        with self._progress.aside():
            return bool(self._replay.advance())
