"""The runner that behave uses: `--runner=maidenhair.engine:Runner`, or `runner` in `[tool.behave]`."""

from __future__ import annotations

import gc
import pickle
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

from maidenhair.config.engine import AUTO_JOBS, auto_jobs, engine_settings
from maidenhair.engine.capture.capped_capture import capped_capture
from maidenhair.engine.capture.fast_behave import fast_behave
from maidenhair.engine.capture.tracebacks import hook_errors_without_engine
from maidenhair.engine.execution.async_fixtures import asynchronous_fixtures
from maidenhair.engine.execution.execution import Execution
from maidenhair.engine.execution.in_process import InlineRun
from maidenhair.engine.execution.reporting_runner import ReportingRunner
from maidenhair.engine.limits.signals import Interrupts, to_stderr
from maidenhair.engine.limits.time_limits import Guard
from maidenhair.engine.limits.watchdog import Watchdog
from maidenhair.engine.model import Config
from maidenhair.engine.parallel.coordinator import ParallelRun
from maidenhair.engine.parallel.interpreters import Interpreters
from maidenhair.engine.planning.checks import Finding, check
from maidenhair.engine.planning.durations import Durations, expected_seconds, read_durations
from maidenhair.engine.planning.history import History, load_history
from maidenhair.engine.planning.ordering import in_order
from maidenhair.engine.planning.selection import Selection, present_specs, select
from maidenhair.engine.planning.specs import Unit, plan
from maidenhair.engine.publishing.published_plan import PublishedPlan
from maidenhair.engine.run_hooks import run_after_run, run_before_run
from maidenhair.engine.wire import protocol
from maidenhair.errors import ConfigurationError

FAILED = 1
WRONG_USE = 2
NOT_COUNTED = 3


class Runner(ReportingRunner):
    """Runs a suite as behave does, with several workers, limits, attempts, cleanups and orderly interrupts.

    Ends the process itself, with one of the documented exit codes, where behave knows only 0 and 1.

    Args:
        config: behave's configuration.
        folder: the run's folder. Default: a new one.

    Example:
        It runs a suite whose pyproject.toml has `[tool.behave]` with `runner = "maidenhair:Runner"`:

        >>> from behave.runner_plugin import RunnerPlugin
        >>> RunnerPlugin.load_class("maidenhair:Runner") is Runner
        True
    """

    def __init__(self, config: Config, folder: Path | None = None) -> None:
        with _usage():
            settings = engine_settings(config)
        guard = Guard(self._end_overdue, settings.grace_period)
        super().__init__(config, settings, guard, folder)
        self.interrupts = Interrupts(self._announce, self.interrupt, self.skip_cleanups, self._kill)
        self.interpreters = Interpreters(self.state.folder)
        self._execution: Execution | None = None

    def run(self) -> bool:
        """Run the suite; return whether it failed."""
        with self.path_manager, ExitStack() as stack:
            self.setup_paths()
            self.load()
            stack.callback(self.interpreters.close)
            self._start_early()
            self.parse()
            self.make_formatters()
            with (
                asynchronous_fixtures(),
                fast_behave(),
                hook_errors_without_engine(),
                capped_capture(self.outputs),
            ):
                return self._run_selected()

    def _start_early(self) -> None:
        """Start workers while the run plans, if no code of the suite can change what they get until then."""
        several = self.settings.jobs not in (1, AUTO_JOBS)
        if several and not self.config.dry_run and "before_run" not in self.hooks:
            self.interpreters.start_early(self.settings)

    def interrupt(self) -> None:
        """Take the first signal: interrupt what may be interrupted, and begin nothing more."""
        name = signal.Signals(self.interrupts.received[0]).name
        self.state.stop(f"the run was interrupted by {name}")
        super().interrupt()

    def stop_run(self, reason: str) -> None:
        """Take note that the suite stops the run."""
        self.state.stop(f"the suite stopped the run: {reason}")

    def should_run_hook(self, hook_name: str) -> bool:
        """Return whether a hook is to run here, and not in a worker."""
        return not self.is_replaying and super().should_run_hook(hook_name)

    def skip_cleanups(self) -> None:
        """Take the second signal."""
        self.guard.skip_cleanups()
        if self._execution is not None:
            self._execution.skip_cleanups()

    def _kill(self) -> None:
        """Take the last signal."""
        if self._execution is not None:
            self._execution.kill()

    def _end_overdue(self, reason: str) -> None:
        if self._execution is not None:
            self._execution.end_overdue(reason)

    def _end_run(self, reason: str) -> None:
        """End the run at its time limit."""
        self.state.stop(reason)
        self.aborted = True
        self.state.summary.trouble(reason)
        self._announce(f"{reason}: cleaning up, then leaving")

    def _announce(self, message: str) -> None:
        """Write a message at once, also in a signal handler."""
        if self._execution is not None:
            self._execution.make_room()
        to_stderr(message)

    def _run_selected(self) -> bool:
        history = load_history(self.settings.history)
        with _usage():
            findings = check(self.features, self.settings, self.step_registry)
            durations = read_durations(self.settings.durations)
            selection, units = self._select(history, durations)
        notes = [*selection.notes, *self._publish_plan(selection, durations)]
        self.warn(findings)
        order = f"order: {self.settings.order}, seed {self.settings.seed}"
        if self.settings.order != "defined":
            print(order, flush=True)
        for note in (order, *notes):
            self.state.summary.note(note)
        # What is there now stays until the end, so that the collection of garbage need not look at it again and again.
        gc.freeze()
        with self._signals():
            self._run_around(selection, units, history, durations)
        if not self.config.dry_run:
            self._save(history)
        return self._ended(selection)

    def _save(self, history: History) -> None:
        state, present = self.state, present_specs(self.features)
        try:
            history.save(state.durations, state.failed_specs, state.passed_specs, present)
        except OSError as error:
            text = (
                f"the history {history.path} cannot be written: {error.strerror or error}. The next run does not know "
                "the results of this one; choose another file with the setting history"
            )
            self.warn([Finding("", 0, text, False)])

    def _publish_plan(self, selection: Selection, durations: Durations) -> Sequence[str]:
        """Publish the start of the run and its plan. Return notes for the end of the run."""
        plan = self._plan(selection, durations)
        self.publisher.start(self.state.folder.name, plan, self.settings)
        return plan.notes

    def _plan(self, selection: Selection, durations: Durations) -> PublishedPlan:
        return PublishedPlan(self.features, selection, self.settings, self.config, durations.digest)

    def _select(self, history: History, durations: Durations) -> tuple[Selection, list[Unit]]:
        settings = self.settings
        planned = plan(self.features, self.config, settings)
        selection = select(self.features, planned, settings, history, durations.seconds)
        if settings.jobs == AUTO_JOBS:
            specs = sum(len(unit.specs) for unit in selection.units)
            self.settings = settings = settings.model_copy(update={"jobs": auto_jobs(specs)})
        seed, seconds = settings.seed or 0, expected_seconds(durations, history)
        return selection, in_order(selection.units, settings.order, seed, seconds, settings.jobs)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        self.interrupts.install()
        self.guard.install()
        previous = signal.signal(signal.SIGUSR1, lambda _, frame: self._report_progress(frame))
        watchdog = Watchdog(self.settings.grace_period, self.state.folder, self._sent_configuration)
        if not self.config.dry_run:
            watchdog.start()
            self.guard.inform(watchdog)
        if self.settings.run_timeout is not None:
            self.guard.limit_run(self.settings.run_timeout, self._end_run)
        try:
            yield
        finally:
            watchdog.stop()
            signal.signal(signal.SIGUSR1, previous)
            self.guard.restore()
            self.interrupts.restore()

    def _sent_configuration(self) -> bytes:
        """Return what the program needs that makes the reports if the watchdog has to end the run."""
        outputs = [each.name for each in self.config.outputs]
        return pickle.dumps((list(sys.path), protocol.portable(self.config), outputs))

    def _report_progress(self, frame: FrameType | None) -> None:
        if self._execution is not None:
            self._execution.report_progress(frame)

    def _run_around(
        self, selection: Selection, units: Sequence[Unit], history: History, durations: Durations
    ) -> None:
        """Run the hooks around the run, and the units: once, or until a spec fails."""
        self.context._set_root_attribute("run_folder", self.state.folder)
        if not run_before_run(self, self.state):
            self.aborted = True
        rounds = 1
        try:
            self._run_units(units, self._suits_process(selection.units, units))
            while self.settings.until_it_fails and units and not self._has_failed():
                rounds += 1
                self.features = []
                self.parse()
                selection, units = self._select(history, durations)
                self.publisher.start_round(rounds, self._plan(selection, durations))
                self._run_units(units, in_process=False)
        finally:
            if self._has_failed():
                # Steps that failed in workers do not set it.
                self.context._set_root_attribute("failed", True)
            run_after_run(self, self.state)
        if self.settings.until_it_fails:
            self.state.summary.note(f"until it fails: {rounds} rounds")
        self.close()

    def _suits_process(self, defined: Sequence[Unit], units: Sequence[Unit]) -> bool:
        settings = self.settings
        needs_worker = settings.isolate or settings.until_it_fails
        alone = settings.jobs == 1 and list(defined) == list(units) and not needs_worker
        return self.config.dry_run or not units or alone

    def _run_units(self, units: Sequence[Unit], in_process: bool) -> None:
        self.is_replaying = not (in_process or self.aborted)
        if self.is_replaying:
            self._execution = ParallelRun(self, self.state, self.settings, units, self.publisher)
        else:
            poll_after = self.settings.poll_progress_after
            self._execution = InlineRun(self, self.state, units, poll_after, self.publisher)
        try:
            # It stays afterwards, because the hook after_run can ignore its limit too.
            self._execution.run()
        finally:
            self.is_replaying = False

    def _has_failed(self) -> bool:
        return (
            self.state.failed
            or self.aborted
            or self.hook_failures > 0
            or bool(self.undefined_steps)
            or self.state.summary.failures > 0
        )

    def _ended(self, selection: Selection) -> bool:
        """Return whether the run failed, or end the process with another exit code."""
        self.publisher.end(self._exit_code(selection), self.state.summary)
        # Again, because the events may fail to be written.
        code = self._exit_code(selection)
        if code not in (0, FAILED):
            raise SystemExit(code)
        return code == FAILED

    def _exit_code(self, selection: Selection) -> int:
        if self.interrupts.received:
            return 128 + self.interrupts.received[0]
        if self.state.wrong_use:
            return WRONG_USE
        if self._has_failed():
            return FAILED
        empty = self.settings.fail_on_empty and not self.state.summary.ran
        pending = self.settings.fail_on_pending and selection.pending
        return NOT_COUNTED if selection.focused or empty or pending else 0


@contextmanager
def _usage() -> Iterator[None]:
    """End the process with the exit code of wrong use at an error of the configuration."""
    try:
        yield
    except ConfigurationError as error:
        print(f"Error: {error}", file=sys.stderr, flush=True)
        raise SystemExit(WRONG_USE) from error
