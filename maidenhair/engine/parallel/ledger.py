"""The books of a run: the attempts and the result of each spec, and whether its unit is handed out again."""

from __future__ import annotations

from collections.abc import Sequence

from maidenhair.engine.execution.retries import Judge
from maidenhair.engine.parallel.pool import WorkerProcess
from maidenhair.engine.parallel.progress import RunProgress
from maidenhair.engine.parallel.scheduler import Scheduler
from maidenhair.engine.planning.places import AFTER_ORDERED
from maidenhair.engine.planning.sources import identity_of
from maidenhair.engine.planning.specs import Planned, Unit
from maidenhair.engine.publishing.event_publisher import EventPublisher
from maidenhair.engine.replay.results import Results
from maidenhair.engine.run_state import RunState
from maidenhair.engine.wire import protocol
from maidenhair.engine.wire.packed_records import pickled, unpickled
from maidenhair.engine.wire.published_records import publish_record
from maidenhair.engine.wire.records import SpecRecord, lost_record, skipped_record


class Ledger:
    """Judges attempts, records results, and ends units.

    Args:
        units: the units to run.
        state: takes durations.
        scheduler: hands out units.
        results: takes the records.
        progress: counts the specs that ended.
        publisher: publishes run events.
        stop: whether nothing more is handed out once a spec failed.
    """

    def __init__(
        self,
        units: Sequence[Unit],
        state: RunState,
        scheduler: Scheduler,
        results: Results,
        progress: RunProgress,
        publisher: EventPublisher,
        stop: bool,
    ) -> None:
        self._units = units
        self._state = state
        self._scheduler = scheduler
        self._results = results
        self._progress = progress
        self._publisher = publisher
        self._stop = stop
        self._judges = {spec.id: Judge(spec.policy) for unit in units for spec in unit.specs}

    def tasks(self, unit: Unit) -> list[protocol.SpecTask]:
        """Return the specs of a unit as a worker takes them."""
        return [self._task(spec) for spec in unit.specs]

    def begin(self, spec: Planned, worker: int) -> None:
        """Note that a worker begins an attempt of a spec."""
        attempt = self._judges[spec.id].attempt
        self._publisher.start_attempt(spec.scenario, attempt, str(worker))

    def add(self, spec: Planned, message: protocol.Attempted, worker: int) -> None:
        """Add an attempt of a worker that ended."""
        self._judges[spec.id].is_final(message.failed)
        record = unpickled(message.record)
        publish_record(self._publisher, spec, record, message.final)
        self._results.add(spec.id, message.record, record, message.final)
        if message.final:
            self._state.durations[spec.key] = message.seconds
            self._progress.done(spec, message.failed, message.seconds)
            if message.failed:
                self._count_failure()

    def hold(self, unit: Unit) -> None:
        """Note that the specs of a unit ran, and that their results are held."""
        self._scheduler.hold(unit)

    def end(self, unit: Unit) -> None:
        """End a unit; its specs that did not run will not.

        If its spec needs another attempt in another worker, the unit is handed out again, unless the run ends.
        """
        if self._has_attempts_left(unit) and not self._scheduler.is_dropped:
            self._scheduler.put_back(unit, unit)
            return
        self._results.drop(spec.id for spec in unit.specs)
        self._scheduler.done(unit)

    def lose(
        self, worker: WorkerProcess, unit: Unit, step: int | None, error: str, again: bool
    ) -> None:
        """End a unit whose worker was lost, and hand out the rest of it again.

        Args:
            worker: the worker.
            unit: the unit.
            step: the number of the step that ran; None outside of steps.
            error: the text of the spec's error.
            again: whether anything is handed out any more.
        """
        spec, rest = unit.specs[worker.index], list(unit.specs[worker.index + 1 :])
        self._publisher.lose_worker(spec.scenario, str(worker.number), error)
        if not self._results.is_done(spec.id):
            judge = self._judges[spec.id]
            record = lost_record(spec, judge.attempt, step, error)
            final = judge.is_final(True) or not again
            self._add_record(spec, record, final)
            if not final:
                rest.insert(0, spec)
            else:
                self._progress.done(spec, True)
                self._count_failure()
                if unit.stops:
                    for each in rest:
                        self._add_record(each, skipped_record(each, AFTER_ORDERED), True)
                    rest.clear()
        remaining = Unit(tuple(rest), unit.stops, unit.ordered) if rest and again else None
        self._scheduler.put_back(unit, remaining)

    def put_back(self, unit: Unit, again: bool) -> None:
        """Hand out again a unit of which nothing ran; `again` says whether anything is handed out any more."""
        self._scheduler.put_back(unit, unit if again else None)

    def close(self) -> None:
        """Give up the specs that were not handed out."""
        self._results.drop(spec.id for unit in self._units for spec in unit.specs)

    def _has_attempts_left(self, unit: Unit) -> bool:
        ids = [spec.id for spec in unit.specs]
        return any(self._results.has_run(each) and not self._results.is_done(each) for each in ids)

    def _count_failure(self) -> None:
        if self._state.count_failure() or self._stop:
            self._scheduler.drop()

    def _add_record(self, spec: Planned, record: SpecRecord, final: bool) -> None:
        publish_record(self._publisher, spec, record, final)
        self._results.add(spec.id, pickled(record), record, final)

    def _task(self, spec: Planned) -> protocol.SpecTask:
        judge = self._judges[spec.id]
        identity = identity_of(spec.scenario)
        return protocol.SpecTask(spec.id.path, identity, spec.policy, judge.failures, judge.passes)
