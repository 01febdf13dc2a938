"""Hands out units to workers that have none, and some ahead of time where specs are short."""

from __future__ import annotations

import time
from collections.abc import Sequence

from maidenhair.config.engine import EngineSettings
from maidenhair.engine.parallel.ledger import Ledger
from maidenhair.engine.parallel.pace import Pace
from maidenhair.engine.parallel.pool import WorkerProcess
from maidenhair.engine.parallel.scheduler import Scheduler
from maidenhair.engine.planning.sources import Source
from maidenhair.engine.planning.specs import Unit
from maidenhair.engine.wire import protocol


class Dispatcher:
    """Gives units to workers.

    Args:
        settings: the engine's settings.
        scheduler: says which unit may run.
        ledger: knows the attempts of each spec.
        texts: the text of each feature.
        one_by_one: whether no worker may have more than the unit that it runs.
    """

    def __init__(
        self,
        settings: EngineSettings,
        scheduler: Scheduler,
        ledger: Ledger,
        texts: Sequence[Source],
        one_by_one: bool,
    ) -> None:
        self._worker_specs = settings.worker_specs
        self._isolate = settings.isolate
        self._scheduler = scheduler
        self._ledger = ledger
        self._texts = texts
        self._one_by_one = one_by_one or settings.isolate or settings.worker_specs is not None
        self.pace = Pace()

    def hand_out(self, workers: Sequence[WorkerProcess]) -> None:
        """Give every worker what it can do."""
        for worker in workers:
            if worker.state == "busy":
                self._hand_ahead(worker, workers)
            elif worker.state == "idle":
                self._occupy(worker, workers)

    def _occupy(self, worker: WorkerProcess, workers: Sequence[WorkerProcess]) -> None:
        if self._is_used_up(worker):
            worker.state = "finishing"
            worker.send(protocol.Finish())
            return
        unit = self._next(worker, workers)
        if unit is not None:
            worker.state, worker.since = "busy", time.monotonic()
            self._give(worker, [unit])
            self._hand_ahead(worker, workers)
        elif worker.inside:
            # Nothing is to be done there soon, and the results have to be complete.
            worker.state = "leaving"
            worker.send(protocol.Leave())

    def _is_used_up(self, worker: WorkerProcess) -> bool:
        if self._isolate and worker.feature >= 0:
            return True
        return self._worker_specs is not None and worker.specs >= self._worker_specs

    def _next(self, worker: WorkerProcess, workers: Sequence[WorkerProcess]) -> Unit | None:
        """Return a unit for a worker that has none. If specs are short, it stays in its feature if it can."""
        if not self._one_by_one and self.pace.units_ahead(self._scheduler.count, len(workers)) > 1:
            others = _features_of_others(worker, workers)
            unit = self._scheduler.take_simple(worker.feature, others)
            if unit is not None:
                return unit
        return self._scheduler.take()

    def _hand_ahead(self, worker: WorkerProcess, workers: Sequence[WorkerProcess]) -> None:
        """Give a worker units that wait there, if specs are so short that it would wait for each."""
        ahead = self.pace.units_ahead(self._scheduler.count, len(workers))
        if self._one_by_one or 2 * len(worker.units) > ahead:
            return
        units: list[Unit] = []
        others = _features_of_others(worker, workers)
        while len(worker.units) + len(units) < ahead:
            unit = self._scheduler.take_simple(worker.feature, others)
            if unit is None:
                break
            units.append(unit)
            worker.feature = unit.specs[0].id.feature
        self._give(worker, units)

    def _give(self, worker: WorkerProcess, units: Sequence[Unit]) -> None:
        messages = []
        for unit in units:
            feature = unit.specs[0].id.feature
            source = None
            worker.feature = feature
            if feature not in worker.features:
                worker.features.add(feature)
                source = self._texts[feature]
            tasks = self._ledger.tasks(unit)
            isolated = self._isolate and not unit.ordered
            messages.append(
                protocol.RunUnit(feature, source, tasks, unit.stops, unit.ordered, isolated)
            )
        worker.units.extend(units)
        if messages:
            worker.send(*messages)


def _features_of_others(worker: WorkerProcess, workers: Sequence[WorkerProcess]) -> set[int]:
    return {each.feature for each in workers if each is not worker}
