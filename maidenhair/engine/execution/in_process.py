"""Runs specs in the process itself, in the order in which they are defined, as behave does."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Protocol

from behave.model_type import Status

from maidenhair.engine.capture.outcomes import ElementState, Labels, filter_element, fresh_copy
from maidenhair.engine.capture.output_files import OutputFiles
from maidenhair.engine.capture.text_filters import TextFilters, filtered_streams
from maidenhair.engine.execution.expected_failures import settle
from maidenhair.engine.execution.feature_walk import FeatureRunner, walk_features
from maidenhair.engine.execution.formatter_gate import FormatterGate
from maidenhair.engine.execution.retries import (
    ATTEMPTS_TYPE,
    Attempt,
    Judge,
    attempt_of,
    conclude,
    summary_of,
)
from maidenhair.engine.execution.step_events import StepEvents
from maidenhair.engine.limits.progress_poll import poll_progress
from maidenhair.engine.limits.signals import to_stderr
from maidenhair.engine.limits.time_limits import Guard
from maidenhair.engine.model import Feature, Scenario
from maidenhair.engine.planning.places import AFTER_ORDERED, leave_out
from maidenhair.engine.planning.specs import Planned, Unit
from maidenhair.engine.publishing.event_publisher import EventPublisher
from maidenhair.engine.run_state import RunState
from maidenhair.errors import LimitExceeded


class CaptureController(Protocol):
    """behave's capture of output."""

    def stop_capture(self) -> None:
        """Restore the standard streams."""


class InlineRunner(FeatureRunner, Protocol):
    """A runner of whole specs in the process."""

    capture_controller: CaptureController
    gate: FormatterGate
    features: list[Feature]
    guard: Guard
    filters: TextFilters
    outputs: OutputFiles
    has_begun: bool

    def begin_spec(self, where: str, timeout: float | None) -> None:
        """Begin the limit of a spec, in seconds."""

    def attach(self, mime_type: str, data: bytes) -> None:
        """Pass an attachment to the formatters."""

    def run_hook(self, hook_name: str) -> bool:
        """Run a hook, and return whether it passed."""

    def close(self) -> None:
        """Announce the end of the run to formatters and reporters."""


class InlineRun:
    """A run in one process; formatters show every step as it happens.

    Args:
        runner: runs hooks and scenarios, for its formatters and reporters.
        state: takes the results.
        units: the units to run.
        poll_after: the seconds after which the location of a running spec is written; None for never.
        publisher: publishes run events.
    """

    def __init__(
        self,
        runner: InlineRunner,
        state: RunState,
        units: Sequence[Unit],
        poll_after: float | None,
        publisher: EventPublisher,
    ) -> None:
        self._runner = runner
        self._publisher = publisher
        guard, gate = runner.guard, runner.gate
        self._steps = StepEvents(
            publisher.end_step, publisher.attach, gate.filter, guard.set_in_step
        )
        self._state = state
        self._poll_after = poll_after
        self._planned = {id(spec.scenario): (spec, unit) for unit in units for spec in unit.specs}
        for spec, _ in self._planned.values():
            if spec.policy.attempts > 1 or spec.policy.passes > 1:
                # Formatters may wrap `run`, and all attempts are one scenario to them.
                vars(spec.scenario)["run"] = self._runs(spec)
        self._failed_units: set[Unit] = set()
        self._running: Scenario | None = None
        self._began = False

    def run(self) -> None:
        """Run the hooks around everything, and the specs."""
        runner = self._runner
        if not runner.config.dry_run:
            runner.formatters = [*runner.formatters, self._steps]
        with (
            poll_progress(runner.guard, self._poll_after),
            filtered_streams(runner.filters),
        ):
            self._begin()
            try:
                self._walk()
            finally:
                self._end()

    def skip_cleanups(self) -> None:
        """Do nothing: the guard skips what runs in this process."""

    def kill(self) -> None:
        """Do nothing: there are no other processes."""

    def make_room(self) -> None:
        """Do nothing: there is no display."""

    def report_progress(self, frame: FrameType | None) -> None:
        """Write the running spec and its location to standard error."""
        guard = self._runner.guard
        to_stderr(f"{guard.spec}\n{guard.where(frame)}")

    def end_overdue(self, reason: str) -> None:
        """Write the reports and leave, because the spec ignores its limit; called in a thread.

        Nothing can run after the spec: the main thread is stuck in it.
        """
        try:
            # It shows the wait of the spec, and its stack.
            self._write_reports(self._runner.filters.text(reason))
        finally:
            # Also if nobody reads the output any more.
            os._exit(1)

    def _begin(self) -> None:
        runner = self._runner
        self._began = not runner.aborted
        if not self._began:
            return
        if self._state.value is not None:
            runner.context._set_root_attribute("run_value", self._state.value)
        passed = runner.run_hook("before_all")
        # An interrupt may come before the hook is called; without before_all there is no after_all.
        self._began = runner.has_begun
        if not passed:
            self._state.summary.trouble("the hook before_all failed")

    def _write_reports(self, reason: str) -> None:
        runner = self._runner
        runner.capture_controller.stop_capture()
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
        if self._running is not None:
            self._fail_running(self._running, reason)
        self._state.stop("a spec before it did not stop at its time limit")
        self._state.summary.trouble(f"Run stopped: a spec did not stop at its time limit. {reason}")
        for formatter in runner.formatters:
            formatter.eof()
        if runner.feature is not None:
            for feature in runner.features[runner.features.index(runner.feature) :]:
                runner.report(feature)
        runner.aborted = True
        self._publisher.end(1, self._state.summary)
        runner.close()
        if sys.stdout is not None:
            sys.stdout.flush()

    def _fail_running(self, scenario: Scenario, reason: str) -> None:
        running = self._runner.guard.activity.step
        for index, step in enumerate(scenario.all_steps):
            if index == running:
                step.status, step.error_message = Status.error, reason
                step.exception = LimitExceeded(reason)
                for formatter in self._runner.formatters:
                    formatter.result(step)
            elif step.status == Status.untested:
                step.status = Status.skipped
        scenario.set_status(Status.error)
        conclude(scenario, [attempt_of(1, 0.0, True, scenario)])

    def _walk(self) -> None:
        walk = walk_features(self._runner, self._runner.features)
        failed: bool | None = None
        try:
            while True:
                failed = self._run_scenario(walk.send(failed))
        except StopIteration as ended:
            self._state.failed = self._state.failed or ended.value > 0

    def _end(self) -> None:
        runner = self._runner
        if self._began:
            runner.run_hook_with_capture("after_all")
        try:
            runner.context._do_remaining_cleanups()
        except Exception:  # the context has reported it by now
            self._state.failed = True

    def _run_scenario(self, scenario: Scenario) -> bool:
        runner = self._runner
        found = self._planned.get(id(scenario))
        if found is None or runner.config.dry_run:
            return bool(scenario.run(runner))
        spec, unit = found
        if unit.stops and unit in self._failed_units:
            leave_out(scenario, AFTER_ORDERED)
            return bool(scenario.run(runner))
        failed = bool(scenario.run(runner)) if "run" in vars(scenario) else self._run_once(spec)
        self._publisher.end_spec(scenario, ElementState.of(scenario))
        if failed:
            self._failed_units.add(unit)
            if self._state.count_failure():
                # As with the option --stop, nothing runs after this spec.
                runner.config.stop = True
        return failed

    def _runs(self, spec: Planned) -> Callable[[object], bool]:
        def run(_: object) -> bool:
            return self._run_attempts(spec)

        return run

    def _run_once(self, spec: Planned) -> bool:
        attempt = self._attempt(spec, spec.scenario, 1)
        self._state.durations[spec.key] = attempt.seconds
        conclude(spec.scenario, [attempt])
        return attempt.failed

    def _run_attempts(self, spec: Planned) -> bool:
        """Run a spec until its policy is satisfied. Formatters get the last attempt alone."""
        scenario = running = spec.scenario
        judge, labels = Judge(spec.policy), Labels.of(spec.scenario)
        attempts: list[Attempt] = []
        while True:
            if judge.attempt > 1:
                running = fresh_copy(scenario, labels)
            self._runner.gate.hold()
            attempts.append(self._attempt(spec, running, judge.attempt))
            failed = attempts[-1].failed
            if judge.is_final(failed) or self._runner.aborted or running.should_skip:
                break
        if len(attempts) > 1:
            text = summary_of(attempts[:-1]).encode("utf-8", "backslashreplace")
            self._runner.attach(ATTEMPTS_TYPE, text)
        self._runner.gate.release()
        if running is not scenario:
            ElementState.of(running).apply(scenario)
            scenario.name, scenario.tags = running.name, running.tags
            for step, ran in zip(scenario.all_steps, running.all_steps, strict=True):
                ElementState.of(ran).apply(step)
        self._state.durations[spec.key] = attempts[-1].seconds
        conclude(scenario, attempts)
        return failed

    def _attempt(self, spec: Planned, running: Scenario, number: int) -> Attempt:
        runner = self._runner
        self._running = running
        self._publisher.start_attempt(spec.scenario, number)
        self._steps.begin(spec.scenario, number, running)
        began = time.monotonic()
        runner.begin_spec(f"{running.location} {running.name}", spec.policy.timeout)
        failed = settle(running, bool(type(running).run(running, runner)))
        runner.end_spec()
        filter_element(running, runner.filters)
        for step in running.all_steps:
            filter_element(step, runner.filters)
        runner.outputs.filter(runner.filters)
        seconds = time.monotonic() - began
        self._steps.end()
        state = ElementState.of(running)
        self._publisher.end_attempt(spec.scenario, number, state, failed, seconds)
        return attempt_of(number, seconds, failed, running)
