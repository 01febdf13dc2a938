"""Runs units in a worker: enters their features and rules, and tries each spec as often as it may be."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from maidenhair.engine.capture.captured_text import CapturedText
from maidenhair.engine.capture.outcomes import ElementState, Labels, fresh_copy
from maidenhair.engine.capture.plain_values import plain_text
from maidenhair.engine.execution.expected_failures import settle
from maidenhair.engine.execution.guarded_runner import GuardedRunner
from maidenhair.engine.execution.retries import Judge
from maidenhair.engine.limits.suite_limits import SuiteLimits
from maidenhair.engine.limits.time_limits import Guard
from maidenhair.engine.model import Config, Container, Scenario
from maidenhair.engine.planning.places import AFTER_ORDERED, SpecId, leave_out
from maidenhair.engine.wire import protocol
from maidenhair.engine.wire.filtered_records import filtered_events
from maidenhair.engine.wire.packed_records import pickled
from maidenhair.engine.wire.records import (
    Changed,
    Event,
    SpecRecord,
    VisitRecord,
    Written,
    broken_record,
)
from maidenhair.engine.wire.stand_ins import FormatterStandIn, FormatterTraits, UseRecorder
from maidenhair.engine.worker.container_stack import ContainerStack
from maidenhair.engine.worker.held_results import HeldResults
from maidenhair.engine.worker.parsed_features import ParsedFeatures
from maidenhair.engine.worker.process_output import RawOutput, Tail
from maidenhair.engine.worker.recorder import Recorder


class WorkerRunner(GuardedRunner):
    """behave's runner in a worker: its formatters stand for those of the run.

    Args:
        config: behave's configuration.
        limits: the limits of hooks, cleanups and output.
        guard: stands around the suite's code.
        tail: the output of the running spec.
        raw: the output past Python's streams.
        traits: the formatters of the run.
    """

    def __init__(
        self,
        config: Config,
        limits: SuiteLimits,
        guard: Guard,
        folder: Path,
        tail: Tail,
        raw: RawOutput,
        traits: Sequence[FormatterTraits],
        on_stop: Callable[[str], object],
    ) -> None:
        super().__init__(config, limits, guard, folder)
        self.recorder = Recorder(lambda: CapturedText(self.outputs, tail.write))
        uses = UseRecorder(self.recorder.add)
        self.stand_ins = [
            FormatterStandIn(uses, number, each, None if number else self.recorder)
            for number, each in enumerate(traits)
        ]
        self.formatters = list(self.stand_ins)
        self._takes_bytes = any(each.takes_bytes for each in traits)
        self._raw = raw
        self._on_stop = on_stop
        self.held = HeldResults(limits.cleanup_timeout)

    def stop_run(self, reason: str) -> None:
        """Report to the run that the suite stops it."""
        self._on_stop(self.filters.text(reason))

    def hold_result(self, what: str, check: Callable[[], object]) -> None:
        """Run a check in the background where the result of the spec may be held, otherwise at once."""
        if self.held.are_accepted:
            self.held.add(what, check)
        else:
            check()

    def settle(self, container: Container) -> None:
        """Wait for held results before a feature or rule is left, if that may remove what their checks use."""
        hooks = (f"after_{container.type}", "after_tag")
        if any(map(self.should_run_hook, hooks)) or self.context.has_cleanups:
            self.held.wait()

    def attach(self, mime_type: str, data: object) -> None:
        """Record an attachment for the formatters of the run."""
        if self._takes_bytes:
            # The formatter of the run would raise the same error, where the step cannot take it.
            base64.b64encode(data)  # type: ignore[arg-type]
        self.recorder.embedding(mime_type, data)

    def take_events(self) -> list[Event]:
        """Return the events since the last call, with the output past Python's streams."""
        text = self._raw.read(self.outputs)
        if text:
            self.recorder.add(Written("out", text))
        events = self.recorder.take()
        return filtered_events(events, self.filters) if self.filters else events


class UnitRunner:
    """Runs the units that a worker gets.

    Args:
        runner: runs hooks and scenarios.
        tail: the output of the running spec.
        send: sends messages to the run.
        folder: the run's folder.

    Attributes:
        stopped: whether no spec may start any more.
    """

    def __init__(
        self,
        runner: WorkerRunner,
        tail: Tail,
        send: Callable[..., None],
        folder: Path,
    ) -> None:
        self._runner = runner
        self._tail = tail
        self._send = send
        self._containers = ContainerStack(runner, self._visited)
        self._features = ParsedFeatures(runner.config, folder)
        self._unsent: list[protocol.FromWorker] = []
        self.stopped = False

    def run(self, unit: protocol.RunUnit) -> None:
        """Run the specs of a unit, one after another."""
        if unit.source is not None:
            self._features.add(unit.feature, unit.source)
        failed = False
        for index, task in enumerate(unit.specs):
            if self._is_stopped() or (failed and self._runner.config.stop):
                break
            failed = self._run_spec(unit, index, task, failed and unit.stops) or failed
        self._unsent.append(protocol.UnitDone())

    def leave(self) -> None:
        """Leave the features and rules that were entered."""
        self._containers.leave()
        self._unsent.append(protocol.UnitDone())

    def flush(self) -> None:
        """Send the messages that were not sent."""
        messages, self._unsent = self._unsent, []
        if messages:
            self._send(*messages)

    def _run_spec(
        self, unit: protocol.RunUnit, index: int, task: protocol.SpecTask, left_out: bool
    ) -> bool:
        """Run a spec, and return whether it failed."""
        parsed = self._features.get(unit.feature)
        planned = parsed.identities.get(task.path) if parsed is not None else None
        if parsed is None or planned != task.identity:
            return self._refuse(index, task, planned)
        containers, scenario = parsed.specs[task.path]
        self._runner.held.wait_for_room()
        self._containers.leave_others(containers, unit.feature, task.path)
        self._begin_attempt(index)
        self._tail.clear()
        if not self._containers.enter(containers, unit.feature, task.path):
            self._add_record(index, self._unbegun(scenario))
            return True
        row = scenario._row if containers[-1].type == "scenario_outline" else None
        self._runner.context._set_root_attribute("active_outline", row)
        if left_out:
            leave_out(scenario, AFTER_ORDERED)
        may_hold = not (unit.ordered or self._runner.config.stop)
        return self._run_attempts(unit, index, task, scenario, may_hold)

    def _is_stopped(self) -> bool:
        return self.stopped or self._runner.aborted

    def _refuse(self, index: int, task: protocol.SpecTask, found: str | None) -> bool:
        error = (
            f"the worker has another spec in the place of the planned one: planned {task.identity}, "
            f"found {found or 'none'}. Is the feature parsed differently in workers?"
        )
        self._unsent.append(protocol.Begun(index, time.monotonic()))
        self._add_record(index, broken_record(task.failures + task.passes + 1, 0, error))
        return True

    def _begin_attempt(self, index: int) -> None:
        self._unsent.append(protocol.Begun(index, time.monotonic()))
        # The run has to know the spec before anything of it can end the process.
        self.flush()

    def _run_attempts(
        self,
        unit: protocol.RunUnit,
        index: int,
        task: protocol.SpecTask,
        scenario: Scenario,
        may_hold: bool,
    ) -> bool:
        judge = Judge(task.policy, task.failures, task.passes)
        spec, held = SpecId(unit.feature, task.path), self._runner.held
        # Whether another attempt follows has to be known at the end of each.
        may_hold = may_hold and task.policy.attempts == task.policy.passes == 1
        labels = Labels.of(scenario)
        while True:
            number = judge.attempt
            running = scenario if number == 1 else fresh_copy(scenario, labels)
            held.begin(may_hold)
            record = self._attempt(str(spec), running, number, task.policy.timeout)
            checks = held.end()
            final = (
                judge.is_final(record.failed) or self._is_stopped() or record.scenario.should_skip
            )
            self._add_record(index, record, final, bool(checks))
            if checks:
                # Before the checks can end.
                self.flush()
                held.start(checks, partial(self._settle, spec))
            if final or unit.isolated:
                return record.failed
            self._begin_attempt(index)

    def _settle(self, spec: SpecId, error: str | None) -> None:
        """Send the result of checks; called in a thread."""
        self._send(protocol.Settled(spec, self._runner.filters.text_or_none(error)))

    def _attempt(
        self, spec_id: str, scenario: Scenario, number: int, timeout: float | None
    ) -> SpecRecord:
        runner = self._runner
        failures, began = runner.hook_failures, time.monotonic()
        runner.begin_spec(f"{scenario.location} {scenario.name}", timeout, spec_id)
        runner.recorder.begin(scenario)
        failed = settle(scenario, bool(scenario.run(runner)))
        runner.end_spec()
        filters = runner.filters
        steps = [each and each.filtered(filters) for each in runner.recorder.end()]
        runner.outputs.filter(filters)
        return SpecRecord(
            number,
            runner.take_events(),
            ElementState.of(scenario).filtered(filters),
            steps,
            failed,
            time.monotonic() - began,
            runner.hook_failures - failures,
        )

    def _unbegun(self, scenario: Scenario) -> SpecRecord:
        filters = self._runner.filters
        steps = [ElementState.of(step) for step in scenario.all_steps]
        return SpecRecord(1, [], ElementState.of(scenario).filtered(filters), steps, True, 0.0)

    def _add_record(
        self, index: int, record: SpecRecord, final: bool = True, held: bool = False
    ) -> None:
        try:
            sent = pickled(record)
        except Exception as error:  # anything that an object of the suite's raises
            reason = f"{type(error).__name__}: {plain_text(error)}"
            text = f"the result of the spec cannot be sent to the run: {reason}"
            record = broken_record(record.attempt, len(record.steps), text)
            sent = pickled(record)
        attempt, failed, seconds = record.attempt, record.failed, record.seconds
        at = time.monotonic()
        self._unsent.append(
            protocol.Attempted(index, attempt, failed, final, seconds, at, sent, held)
        )

    def _visited(
        self,
        place: SpecId,
        entered: bool,
        container: Container,
        failures: int,
        changed: Changed | None,
    ) -> None:
        state = ElementState.of(container).filtered(self._runner.filters)
        record = VisitRecord(self._runner.take_events(), state, changed, failures)
        self._unsent.append(protocol.Visited(place, entered, record))
