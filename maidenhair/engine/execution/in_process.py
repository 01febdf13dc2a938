"""Runs specs in the process itself, in the order in which they are defined, as behave does."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from typing import Any

from behave.model_type import Status

from maidenhair.engine.execution.feature_walk import walk_features
from maidenhair.engine.execution.outcomes import ElementState, fresh_copy
from maidenhair.engine.execution.retries import Attempt, Judge, attempt_name, attempt_of, conclude
from maidenhair.engine.planning.specs import AFTER_ORDERED, Planned, Unit, leave_out
from maidenhair.errors import LimitExceeded


class InlineRun:
    """A run in one process; formatters show every step as it happens.

    Args:
        runner: the runner, whose formatters and reporters are told.
        units: what runs.
    """

    def __init__(self, runner: Any, units: Sequence[Unit]) -> None:
        self._runner = runner
        self._planned = {id(spec.scenario): (spec, unit) for unit in units for spec in unit.specs}
        self._failed_units: set[Unit] = set()
        self._running: Any = None
        self._began = False

    def run(self) -> None:
        """Run the hooks around everything, and the specs."""
        runner = self._runner
        self._began = not runner.aborted
        if self._began:
            if runner.run_value is not None:
                runner.context._set_root_attribute("run_value", runner.run_value)
            if not runner.run_hook("before_all"):
                runner.closing.trouble("the hook before_all failed")
        try:
            self._walk()
        finally:
            self._end()

    def overdue(self, told: str) -> None:
        """Write the reports and leave, when the spec ignores its limit; called in a thread.

        Nothing can be run after the spec: the main thread is stuck in it.
        """
        try:
            self._write_reports(told)
        finally:
            # Also where nobody takes what is written any more.
            os._exit(1)

    def _write_reports(self, told: str) -> None:
        runner, scenario = self._runner, self._running
        runner.capture_controller.stop_capture()
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
        step = runner.guard.activity.step
        if scenario is not None:
            for index, each in enumerate(scenario.all_steps):
                if index == step:
                    each.status, each.error_message = Status.error, told
                    each.exception = LimitExceeded(told)
                    for formatter in runner.formatters:
                        formatter.result(each)
                elif each.status == Status.untested:
                    each.status = Status.skipped
            scenario.set_status(Status.error)
            conclude(scenario, [attempt_of(1, 0.0, True, scenario)])
        runner.closing.trouble(f"the run ends here, for a spec ignores its limit: {told}")
        for formatter in runner.formatters:
            formatter.eof()
        for feature in runner.features[runner.features.index(runner.feature) :]:
            runner.report(feature)
        runner.aborted = True
        runner.close()
        if sys.stdout is not None:
            sys.stdout.flush()

    def _walk(self) -> None:
        walk = walk_features(self._runner, self._runner.features)
        failed: bool | None = None
        try:
            while True:
                failed = self._run_scenario(walk.send(failed))  # type: ignore[arg-type]
        except StopIteration as ended:
            self._runner.failed = self._runner.failed or ended.value > 0

    def _end(self) -> None:
        runner = self._runner
        if self._began:
            runner.run_hook_with_capture("after_all")
        try:
            runner.context._do_remaining_cleanups()
        except Exception:  # the context has told it by now
            runner.failed = True

    def _run_scenario(self, scenario: Any) -> bool:
        runner = self._runner
        found = self._planned.get(id(scenario))
        if found is None or runner.config.dry_run:
            return bool(scenario.run(runner))
        spec, unit = found
        if unit.stops and unit in self._failed_units:
            leave_out(scenario, AFTER_ORDERED)
            return bool(scenario.run(runner))
        failed = self._run_attempts(spec)
        if failed:
            self._failed_units.add(unit)
        return failed

    def _run_attempts(self, spec: Planned) -> bool:
        runner, scenario = self._runner, spec.scenario
        judge = Judge(spec.policy)
        attempts: list[Attempt] = []
        running = scenario
        while True:
            if judge.attempt > 1:
                running = fresh_copy(scenario, attempt_name(scenario.name, judge.attempt))
            attempts.append(self._attempt(spec, running, judge.attempt))
            failed: bool = attempts[-1].failed
            if judge.is_final(failed) or runner.aborted or running.should_skip:
                break
        if running is not scenario:
            ElementState.of(running).apply(scenario)
            for step, ran in zip(scenario.all_steps, running.all_steps, strict=True):
                ElementState.of(ran).apply(step)
        runner.durations[spec.key] = attempts[-1].seconds
        conclude(scenario, attempts)
        return failed

    def _attempt(self, spec: Planned, running: Any, number: int) -> Attempt:
        runner = self._runner
        self._running = running
        began = time.monotonic()
        runner.begin_spec(f"{running.location} {running.name}", spec.policy.timeout)
        failed = bool(running.run(runner))
        runner.end_spec()
        return attempt_of(number, time.monotonic() - began, failed, running)
