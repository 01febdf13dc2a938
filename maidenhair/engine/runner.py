"""The runner that behave is given: `--runner=maidenhair.engine:Runner`, or `runner` in `[tool.behave]`."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Sequence
from typing import Any

from behave.runner_util import print_undefined_step_snippets

from maidenhair.engine.fixtures import asynchronous_fixtures
from maidenhair.engine.guard import Guard
from maidenhair.engine.history import load_history
from maidenhair.engine.inline import InlineRun
from maidenhair.engine.interrupts import Interrupts
from maidenhair.engine.order import in_order
from maidenhair.engine.parallel import ParallelRun
from maidenhair.engine.plan import Unit, plan
from maidenhair.engine.running import GuardedRunner, say
from maidenhair.engine.selection import Selection, select
from maidenhair.engine.settings import engine_settings
from maidenhair.errors import ConfigurationError
from maidenhair.report.closing import ClosingLine

WRONG_USE = 2
NOT_COUNTED = 3


class Runner(GuardedRunner):
    """Runs a suite as behave does, with several workers, limits, attempts, cleanups and orderly interrupts.

    Ends the process itself, with one of the documented exit codes, where behave knows only 0 and 1.

    Args:
        config: behave's configuration.
    """

    def __init__(self, config: Any) -> None:
        with _usage():
            settings = engine_settings(config)
        super().__init__(config, settings, Guard(self._overdue, settings.grace_period))
        self.closing = ClosingLine(config)
        self.failed = False
        self.run_value: Any = None
        self.durations: dict[str, float] = {}
        self.interrupts = Interrupts(say, self.interrupt, self.skip_cleanups, self._before_dying)
        self.on_skip: Callable[[], object] | None = None
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
        self.closing.feature(feature)

    def skip_cleanups(self) -> None:
        """Take the second signal."""
        self.guard.skip_cleanups()
        if self.on_skip is not None:
            self.on_skip()

    def _run_selected(self) -> bool:
        history = load_history(self.settings.history)
        with _usage():
            planned = plan(self.features, self.config, self.settings)
            selection = select(self.features, planned, self.settings, history)
        units = in_order(
            selection.units,
            self.settings.order,
            self.settings.seed or 0,
            history.durations,
            self.settings.jobs,
        )
        if self.settings.order != "defined":
            self.closing.note(f"order: {self.settings.order}, seed {self.settings.seed}")
            print(f"order: {self.settings.order}, seed {self.settings.seed}", flush=True)
        for note in selection.notes:
            self.closing.note(note)
        self.interrupts.install()
        self.guard.install()
        try:
            self._run_units(units, in_process=self._suits_process(selection.units, units))
        finally:
            self.guard.restore()
            self.interrupts.restore()
        if not self.config.dry_run:
            history.save(self.durations, self.closing.failed_specs)
        return self._ended(selection, bool(units))

    def _suits_process(self, defined: Sequence[Unit], units: Sequence[Unit]) -> bool:
        alone = self.settings.jobs == 1 and list(defined) == list(units)
        return self.config.dry_run or not units or (alone and not self.settings.until_it_fails)

    def _run_units(self, units: Sequence[Unit], in_process: bool) -> None:
        self._run_timeout()
        if not self.run_before_run():
            self.aborted = True
        try:
            if in_process or self.aborted:
                InlineRun(self, units).run()
            else:
                self._run_workers(units)
        finally:
            self.run_after_run()
        self.close()

    def _run_workers(self, units: Sequence[Unit]) -> None:
        run = ParallelRun(self, units)
        self.on_skip, self._replaying = run.skip, True
        try:
            run.run()
        finally:
            self.on_skip, self._replaying = None, False

    def should_run_hook(self, hook_name: str) -> bool:
        """Return whether a hook is to run here, and not in a worker."""
        return not self._replaying and super().should_run_hook(hook_name)

    def run_before_run(self) -> bool:
        """Run the hook before_run, whose value every worker gets; return whether it went well."""
        hook = self.hooks.get("before_run")
        if hook is None or self.config.dry_run:
            return True
        value: list[Any] = []
        self.hooks["before_run"] = lambda context: value.append(hook(context))
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

    def _ended(self, selection: Selection, ran: bool) -> bool:
        failed = self.failed or self.aborted or self.hook_failures > 0
        failed = failed or bool(self.undefined_steps) or self.closing.has_failures
        if self.interrupts.received:
            raise SystemExit(128 + self.interrupts.received[0])
        if failed:
            return True
        empty = self.settings.fail_on_empty and not ran
        pending = self.settings.fail_on_pending and selection.pending
        if selection.focused or empty or pending:
            raise SystemExit(NOT_COUNTED)
        return False

    def _run_timeout(self) -> None:
        return

    def _overdue(self, told: str) -> None:
        return

    def _before_dying(self) -> None:
        return


class _usage:
    """Ends the process with the exit code of wrong use at an error of the configuration."""

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        if isinstance(error, ConfigurationError):
            print(f"Error: {error}", file=sys.stderr, flush=True)
            raise SystemExit(WRONG_USE)
