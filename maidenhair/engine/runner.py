"""The runner that behave is given: `--runner=maidenhair.engine:Runner`, or `runner` in `[tool.behave]`."""

from __future__ import annotations

import pickle
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from behave.runner_util import print_undefined_step_snippets

from maidenhair.config.engine import AUTO_JOBS, auto_jobs, engine_settings
from maidenhair.engine.execution.async_fixtures import asynchronous_fixtures
from maidenhair.engine.execution.guarded_runner import GuardedRunner
from maidenhair.engine.execution.in_process import InlineRun
from maidenhair.engine.execution.progress_poll import poll_progress
from maidenhair.engine.execution.signals import Interrupts, to_stderr
from maidenhair.engine.execution.time_limits import Guard
from maidenhair.engine.parallel.coordinator import ParallelRun
from maidenhair.engine.planning.history import History, load_history
from maidenhair.engine.planning.ordering import in_order
from maidenhair.engine.planning.selection import Selection, select
from maidenhair.engine.planning.specs import Unit, key_of, plan
from maidenhair.engine.summary_reporter import ClosingLine, outcome_of
from maidenhair.errors import ConfigurationError

WRONG_USE = 2
NOT_COUNTED = 3


class Runner(GuardedRunner):
    """Runs a suite as behave does, with several workers, limits, attempts, cleanups and orderly interrupts.

    Ends the process itself, with one of the documented exit codes, where behave knows only 0 and 1.

    Args:
        config: behave's configuration.

    Example:
        It runs a suite whose pyproject.toml has `[tool.behave]` with `runner = "maidenhair:Runner"`:

        >>> from behave.runner_plugin import RunnerPlugin
        >>> RunnerPlugin.load_class("maidenhair:Runner") is Runner
        True
    """

    def __init__(self, config: Any) -> None:
        with _usage():
            settings = engine_settings(config)
        super().__init__(
            config, settings, Guard(lambda told: self._on_overdue(told), settings.grace_period)
        )
        self.closing = ClosingLine(config)
        self.failed = False
        self._wrong_use = False
        self.run_value: Any = None
        self.durations: dict[str, float] = {}
        self._failed_specs: set[str] = set()
        self.interrupts = Interrupts(
            to_stderr, self.interrupt, self.skip_cleanups, lambda: self._on_dying()
        )
        self._on_skip: Callable[[], object] = _nothing
        self._on_dying: Callable[[], object] = _nothing
        self._on_overdue: Callable[[str], object] = _nothing
        self._on_ask: Callable[[Any], object] = _nothing
        self._replaying = False

    def run(self) -> bool:
        """Run the suite; return whether it failed."""
        with self.path_manager:
            self.setup_paths()
            self.load()
            self.parse()
            self.make_formatters()
            with asynchronous_fixtures():
                return self._run_selected()

    def report(self, feature: Any) -> None:
        """Tell reporters of a feature that is over."""
        for reporter in self.config.reporters:
            reporter.feature(feature)
        before = self.closing.failures
        self.closing.feature(feature)
        if self.closing.failures > before:
            scenarios = feature.walk_scenarios()
            failed = [each for each in scenarios if outcome_of(each, self.config) == "failed"]
            self._failed_specs.update(map(key_of, failed))

    def skip_cleanups(self) -> None:
        """Take the second signal."""
        self.guard.skip_cleanups()
        self._on_skip()

    def _run_selected(self) -> bool:
        history = load_history(self.settings.history)
        with _usage():
            selection, units = self._select(history)
        order = f"order: {self.settings.order}, seed {self.settings.seed}"
        if self.settings.order != "defined":
            print(order, flush=True)
        self.closing.note(order)
        for note in selection.notes:
            self.closing.note(note)
        with self._signals():
            self._run_around(selection, units, history)
        if not self.config.dry_run:
            history.save(self.durations, self._failed_specs)
        return self._ended(selection)

    def _select(self, history: History) -> tuple[Selection, list[Unit]]:
        settings = self.settings
        planned = plan(self.features, self.config, settings)
        selection = select(self.features, planned, settings, history)
        if settings.jobs == AUTO_JOBS:
            specs = sum(len(unit.specs) for unit in selection.units)
            self.settings = settings = settings.model_copy(update={"jobs": auto_jobs(specs)})
        seed, durations = settings.seed or 0, history.durations
        return selection, in_order(selection.units, settings.order, seed, durations, settings.jobs)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        self.interrupts.install()
        self.guard.install()
        asked = signal.signal(signal.SIGUSR1, lambda _, frame: self._on_ask(frame))
        if self.settings.run_timeout is not None:
            self.guard.limit_run(self.settings.run_timeout, self._end_run)
        try:
            yield
        finally:
            signal.signal(signal.SIGUSR1, asked)
            self.guard.restore()
            self.interrupts.restore()

    def _run_around(self, selection: Selection, units: Sequence[Unit], history: History) -> None:
        """Run the hooks around the run, and the units: once, or until a spec fails."""
        if not self.run_before_run():
            self.aborted = True
        rounds = 1
        try:
            self._run_units(units, self._suits_process(selection.units, units))
            while self.settings.until_it_fails and units and not self._has_failed():
                rounds += 1
                self.features: list[Any] = []
                self.parse()
                selection, units = self._select(history)
                self._run_units(units, in_process=False)
        finally:
            self.run_after_run()
        if self.settings.until_it_fails:
            self.closing.note(f"until it fails: {rounds} rounds")
        self.close()

    def _suits_process(self, defined: Sequence[Unit], units: Sequence[Unit]) -> bool:
        alone = self.settings.jobs == 1 and list(defined) == list(units)
        return self.config.dry_run or not units or (alone and not self.settings.until_it_fails)

    def _run_units(self, units: Sequence[Unit], in_process: bool) -> None:
        if in_process or self.aborted:
            inline = InlineRun(self, units)
            self._on_overdue = inline.overdue
            self._on_ask = lambda frame: to_stderr(f"{self.guard.spec}\n{self.guard.where(frame)}")
            with poll_progress(self.guard, self.settings.poll_progress_after):
                inline.run()
            return
        parallel = ParallelRun(self, units)
        self._on_skip, self._on_dying = parallel.skip, parallel.kill_all
        self._on_ask = lambda frame: parallel.ask()
        self._replaying = True
        try:
            parallel.run()
        finally:
            self._on_skip = self._on_dying = _nothing
            self._replaying = False

    def should_run_hook(self, hook_name: str) -> bool:
        """Return whether a hook is to run here, and not in a worker."""
        return not self._replaying and super().should_run_hook(hook_name)

    def run_before_run(self) -> bool:
        """Run the hook before_run, whose value every worker gets; return whether it went well."""
        hook = self.hooks.get("before_run")
        if hook is None or self.config.dry_run:
            return True
        value: list[Any] = []

        def before_run(context: Any) -> None:
            try:
                value.append(hook(context))
            except ConfigurationError:
                self._wrong_use = True
                raise

        self.hooks["before_run"] = before_run
        passed = bool(self.run_hook("before_run"))
        if passed:
            try:
                self.run_value = pickle.loads(pickle.dumps(value[0]))
            except Exception as error:
                told = f"the value that before_run returned, {value[0]!r}, cannot be sent to workers: {error}"
                print(f"HOOK-ERROR in before_run: {told}")
                self.closing.trouble(told)
                self.hook_failures += 1
                return False
        else:
            self.closing.trouble("the hook before_run failed")
        return passed

    def run_after_run(self) -> None:
        """Run the hook after_run."""
        if not self.run_hook_with_capture("after_run"):
            self.closing.trouble("the hook after_run failed")
            self.failed = True

    def close(self) -> None:
        """Tell formatters and reporters that the run is over; the closing line is the last one."""
        if self.aborted:
            print("\nABORTED: By user.")
        for formatter in self.formatters:
            formatter.close()
        for reporter in self.config.reporters:
            reporter.end()
        if self.config.show_snippets and self.undefined_steps:
            colored = self.config.has_colored_mode()
            print_undefined_step_snippets(self.undefined_steps, colored=colored)
        # behave would print them after the closing line.
        self.config.show_snippets = False
        self.closing.end()

    def _has_failed(self) -> bool:
        return (
            self.failed
            or self.aborted
            or self.hook_failures > 0
            or bool(self.undefined_steps)
            or self.closing.failures > 0
        )

    def _ended(self, selection: Selection) -> bool:
        if self.interrupts.received:
            raise SystemExit(128 + self.interrupts.received[0])
        if self._wrong_use:
            raise SystemExit(WRONG_USE)
        if self._has_failed():
            return True
        empty = self.settings.fail_on_empty and not self.closing.ran
        pending = self.settings.fail_on_pending and selection.pending
        if selection.focused or empty or pending:
            raise SystemExit(NOT_COUNTED)
        return False

    def _end_run(self, why: str) -> None:
        self.aborted = True
        self.closing.trouble(why)
        to_stderr(f"{why}: cleaning up, then leaving")


def _nothing(*_: Any) -> None:
    return


class _usage:
    """Ends the process with the exit code of wrong use at an error of the configuration."""

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        if isinstance(error, ConfigurationError):
            print(f"Error: {error}", file=sys.stderr, flush=True)
            raise SystemExit(WRONG_USE)
