"""Runs units in a worker: enters their features and rules, and tries each spec as often as it may be."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from maidenhair.engine.capture.captured_text import CapturedText
from maidenhair.engine.capture.outcomes import ElementState, Labels, fresh_copy
from maidenhair.engine.capture.plain_values import plain_text
from maidenhair.engine.execution.expected_failures import settle
from maidenhair.engine.execution.guarded_runner import GuardedRunner
from maidenhair.engine.execution.retries import Judge
from maidenhair.engine.limits.suite_limits import SuiteLimits
from maidenhair.engine.limits.time_limits import Guard
from maidenhair.engine.model import Config, Container, Feature, Outline, Scenario
from maidenhair.engine.planning.places import AFTER_ORDERED, SpecId, find, leave_out, walk
from maidenhair.engine.planning.places import Path as PlanPath
from maidenhair.engine.planning.sources import Source, identity_of, parse_source
from maidenhair.engine.wire import protocol
from maidenhair.engine.wire.filtered_records import filtered_events
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
from maidenhair.engine.worker.recorder import RawOutput, Recorder, Tail

PARSED_FEATURES = 32


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
        self._tail = tail
        self._raw = raw
        self._on_stop = on_stop

    def stop_run(self, reason: str) -> None:
        """Report to the run that the suite stops it."""
        self._on_stop(self.filters.text(reason))

    def attach(self, mime_type: str, data: object) -> None:
        """Record an attachment for the formatters of the run."""
        if self._takes_bytes:
            # The formatter of the run would raise the same error, where the step cannot take it.
            base64.b64encode(data)  # type: ignore[arg-type]
        self.recorder.embedding(mime_type, data)

    def setup_capture(self, name: str | None = None) -> None:
        """Begin to capture, and write a copy to the tail in case the process dies."""
        super().setup_capture(name)
        controller = self.capture_controller
        if controller.config.capture_stdout:
            controller.capture_stdout = CapturedText(self.outputs, self._tail.write)
        if controller.config.capture_stderr:
            controller.capture_stderr = CapturedText(self.outputs, self._tail.write)

    def take_events(self) -> list[Event]:
        """Return the events since the last call, with the output past Python's streams."""
        text = self._raw.read(self.outputs)
        if text:
            self.recorder.add(Written("out", text))
        events = self.recorder.take()
        return filtered_events(events, self.filters) if self.filters else events


@dataclass(frozen=True)
class ParsedFeature:
    """A feature as a worker parsed it.

    Attributes:
        feature: the feature.
        specs: its specs and what they are in, by their places; hooks may move them later.
        identities: the identity of each spec.
    """

    feature: Feature
    specs: dict[PlanPath, tuple[list[Container | Outline], Scenario]]
    identities: dict[PlanPath, str]


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
        self._folder = folder
        self._containers = ContainerStack(runner, self._visited)
        self._texts: dict[int, Source] = {}
        self._features: dict[int, ParsedFeature] = {}
        self._unsent: list[protocol.FromWorker] = []
        self.stopped = False

    def run(self, unit: protocol.RunUnit) -> None:
        """Run the specs of a unit, one after another."""
        if unit.source is not None:
            self._texts[unit.feature] = unit.source
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
        parsed = self._parsed(unit.feature)
        planned = parsed.identities.get(task.path) if parsed is not None else None
        if parsed is None or planned != task.identity:
            return self._refuse(index, task, planned)
        containers, scenario = parsed.specs[task.path]
        self._containers.leave_others(containers, unit.feature, task.path)
        self._unsent.append(protocol.Begun(index, time.monotonic()))
        # The run has to know the spec before anything of it can end the process.
        self.flush()
        self._tail.clear()
        if not self._containers.enter(containers, unit.feature, task.path):
            self._add_record(index, self._unbegun(scenario))
            return True
        row = scenario._row if containers[-1].type == "scenario_outline" else None
        self._runner.context._set_root_attribute("active_outline", row)
        if left_out:
            leave_out(scenario, AFTER_ORDERED)
        return self._run_attempts(unit.feature, index, task, scenario)

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

    def _run_attempts(
        self, feature: int, index: int, task: protocol.SpecTask, scenario: Scenario
    ) -> bool:
        judge = Judge(task.policy, task.failures, task.passes)
        spec_id = str(SpecId(feature, task.path))
        labels = Labels.of(scenario)
        while True:
            number = judge.attempt
            running = scenario if number == 1 else fresh_copy(scenario, labels)
            record = self._attempt(spec_id, running, number, task.policy.timeout)
            final = (
                judge.is_final(record.failed) or self._is_stopped() or record.scenario.should_skip
            )
            self._add_record(index, record, final)
            if final:
                return record.failed

    def _attempt(
        self, spec_id: str, scenario: Scenario, number: int, timeout: float | None
    ) -> SpecRecord:
        runner = self._runner
        failures, began = runner.hook_failures, time.monotonic()
        runner.begin_spec(f"{scenario.location} {scenario.name}", timeout, spec_id)
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

    def _add_record(self, index: int, record: SpecRecord, final: bool = True) -> None:
        try:
            pickled = protocol.pickled(record)
        except Exception as error:  # anything that an object of the suite's raises
            reason = f"{type(error).__name__}: {plain_text(error)}"
            text = f"the result of the spec cannot be sent to the run: {reason}"
            record = broken_record(record.attempt, len(record.steps), text)
            pickled = protocol.pickled(record)
        attempt, failed, seconds = record.attempt, record.failed, record.seconds
        at = time.monotonic()
        self._unsent.append(protocol.Attempted(index, attempt, failed, final, seconds, at, pickled))
        if not final:
            self.flush()

    def _parsed(self, number: int) -> ParsedFeature | None:
        parsed = self._features.pop(number, None)
        if parsed is None:
            feature = parse_source(self._texts[number], self._runner.config.lang, self._folder)
            if feature is None:
                return None
            places = [(spec.path, scenario) for spec, scenario in walk([feature])]
            specs = {path: find(feature, path) for path, _ in places}
            identities = {path: identity_of(scenario) for path, scenario in places}
            parsed = ParsedFeature(feature, specs, identities)
        # The one used last goes last.
        self._features[number] = parsed
        if len(self._features) > PARSED_FEATURES:
            del self._features[next(iter(self._features))]
        return parsed

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
