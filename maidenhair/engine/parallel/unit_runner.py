"""Runs units in a worker: enters their features and rules, and tries each spec as often as it may be."""

from __future__ import annotations

import time
from collections.abc import Callable

from behave.model_core import FileLocation
from behave.runner_util import parse_features

from maidenhair.config.engine import EngineSettings
from maidenhair.engine.execution.guarded_runner import GuardedRunner, Tidy
from maidenhair.engine.execution.outcomes import ElementState, fresh_copy
from maidenhair.engine.execution.retries import Judge
from maidenhair.engine.execution.time_limits import Guard
from maidenhair.engine.model import Config, Container, Feature, Scenario
from maidenhair.engine.parallel import protocol
from maidenhair.engine.parallel.container_stack import ContainerStack
from maidenhair.engine.parallel.recorder import RawOutput, Recorder, Tail, TeedBuffer
from maidenhair.engine.parallel.records import Event, SpecRecord, VisitRecord, unsendable_record
from maidenhair.engine.planning.specs import AFTER_ORDERED, SpecId, find, leave_out

PARSED_FEATURES = 32


class WorkerRunner(GuardedRunner):
    """behave's runner in a worker: its formatters are a recorder."""

    def __init__(
        self,
        config: Config,
        settings: EngineSettings,
        guard: Guard,
        tail: Tail,
        raw: RawOutput,
        on_stop: Callable[[str], object],
    ) -> None:
        super().__init__(config, settings, guard)
        self.recorder = Recorder()
        self.formatters = [Tidy(), self.recorder]
        self._tail = tail
        self._raw = raw
        self._on_stop = on_stop

    def stop_run(self, reason: str) -> None:
        """Report to the run that the suite stops it."""
        self._on_stop(reason)

    def setup_capture(self, name: str | None = None) -> None:
        """Begin to capture, and write a copy to the tail in case the process dies."""
        super().setup_capture(name)
        controller = self.capture_controller
        if controller.config.capture_stdout:
            controller.capture_stdout = TeedBuffer(self._tail)
        if controller.config.capture_stderr:
            controller.capture_stderr = TeedBuffer(self._tail)

    def take_events(self) -> list[Event]:
        """Return the events since the last call, with the output past Python's streams."""
        text = self._raw.read()
        if text:
            self.recorder.wrote("out", text)
        return self.recorder.take()


class UnitRunner:
    """Runs the units that a worker gets.

    Args:
        runner: runs hooks and scenarios.
        tail: the output of the running spec.
        send: sends a message to the run.

    Attributes:
        stopped: whether no spec may start any more.
    """

    def __init__(
        self, runner: WorkerRunner, tail: Tail, send: Callable[[protocol.FromWorker], None]
    ) -> None:
        self._runner = runner
        self._tail = tail
        self._send = send
        self._containers = ContainerStack(runner, self._visited)
        self._features: dict[int, Feature] = {}
        self.stopped = False

    def run(self, unit: protocol.RunUnit) -> None:
        """Run the specs of a unit, one after another."""
        failed = False
        for index, task in enumerate(unit.specs):
            if self._is_stopped() or (failed and self._runner.config.stop):
                return
            self._send(protocol.Begun(index, time.monotonic()))
            self._tail.clear()
            containers, scenario = find(self._parsed(unit), task.path)
            if not self._containers.go_to(containers, unit.feature, task.path):
                self._send_record(index, self._unbegun(scenario))
                failed = True
                continue
            row = scenario._row if containers[-1].type == "scenario_outline" else None
            self._runner.context._set_root_attribute("active_outline", row)
            if failed and unit.stops:
                leave_out(scenario, AFTER_ORDERED)
            failed = self._run_attempts(index, task, scenario) or failed

    def leave(self) -> None:
        """Leave the features and rules that were entered."""
        self._containers.leave()

    def _is_stopped(self) -> bool:
        return self.stopped or self._runner.aborted

    def _run_attempts(self, index: int, task: protocol.SpecTask, scenario: Scenario) -> bool:
        judge = Judge(task.policy, task.failures, task.passes)
        while True:
            number = judge.attempt
            running = scenario if number == 1 else fresh_copy(scenario)
            record = self._attempt(running, number, task.policy.timeout)
            final = (
                judge.is_final(record.failed) or self._is_stopped() or record.scenario.should_skip
            )
            self._send_record(index, record, final)
            if final:
                return record.failed

    def _attempt(self, scenario: Scenario, number: int, timeout: float | None) -> SpecRecord:
        runner = self._runner
        failures, began = runner.hook_failures, time.monotonic()
        runner.begin_spec(f"{scenario.location} {scenario.name}", timeout)
        failed = bool(scenario.run(runner))
        runner.end_spec()
        return SpecRecord(
            number,
            runner.take_events(),
            ElementState.of(scenario),
            [ElementState.of(step) for step in scenario.all_steps],
            failed,
            time.monotonic() - began,
            hook_failures=runner.hook_failures - failures,
        )

    def _unbegun(self, scenario: Scenario) -> SpecRecord:
        steps = [ElementState.of(step) for step in scenario.all_steps]
        return SpecRecord(1, [], ElementState.of(scenario), steps, True, 0.0)

    def _send_record(self, index: int, record: SpecRecord, final: bool = True) -> None:
        try:
            pickled = protocol.pickled(record)
        except Exception as error:  # anything that an object of the suite's raises
            reason = f"{type(error).__name__}: {error}"
            text = f"the result of the spec cannot be sent to the run: {reason}"
            record = unsendable_record(record, text)
            pickled = protocol.pickled(record)
        attempt, failed, seconds = record.attempt, record.failed, record.seconds
        at = time.monotonic()
        self._send(protocol.Attempted(index, attempt, failed, final, seconds, at, pickled))

    def _parsed(self, unit: protocol.RunUnit) -> Feature:
        feature = self._features.pop(unit.feature, None)
        if feature is None:
            location = FileLocation(unit.filename)
            (feature,) = parse_features([location], language=self._runner.config.lang)
        # The one used last goes last.
        self._features[unit.feature] = feature
        if len(self._features) > PARSED_FEATURES:
            del self._features[next(iter(self._features))]
        return feature

    def _visited(self, place: SpecId, entered: bool, container: Container, failures: int) -> None:
        state = ElementState.of(container)
        record = VisitRecord(self._runner.take_events(), state, failures)
        self._send(protocol.Visited(place, entered, record))
