"""The attempts of specs as workers report them, and the results that they hold."""

from __future__ import annotations

from maidenhair.engine.parallel.ledger import Ledger
from maidenhair.engine.parallel.pace import Pace
from maidenhair.engine.parallel.pool import WorkerProcess
from maidenhair.engine.wire import protocol
from maidenhair.engine.wire.packed_records import pickled, unpickled
from maidenhair.engine.wire.records import failed_late


class Attempts:
    """Passes the attempts of workers on, those with held results when these are settled.

    Args:
        ledger: takes the attempts.
        pace: learns how long specs take.
    """

    def __init__(self, ledger: Ledger, pace: Pace) -> None:
        self._ledger = ledger
        self._pace = pace

    def end(self, worker: WorkerProcess, message: protocol.Attempted) -> None:
        """Take an attempt that ended."""
        unit = worker.units[0]
        spec = unit.specs[message.number]
        if message.held:
            worker.held[spec.id] = (unit, message)
        else:
            self._ledger.add(spec, message, worker.number)
        self._pace.add(message.seconds)
        worker.since = message.at
        if message.final:
            worker.begun = False
            worker.specs += 1

    def end_unit(self, worker: WorkerProcess) -> None:
        """End the unit that a worker ran, or note that its result is held."""
        worker.begun = False
        if worker.units:
            unit = worker.units.popleft()
            if unit.specs[0].id in worker.held:
                self._ledger.hold(unit)
            else:
                self._ledger.end(unit)

    def settle(self, worker: WorkerProcess, message: protocol.Settled) -> None:
        """Take the result of the checks of a spec."""
        unit, attempt = worker.held.pop(message.spec)
        if message.error is not None:
            record = failed_late(unpickled(attempt.record), message.error)
            attempt = attempt._replace(failed=True, record=pickled(record))
        self._ledger.add(unit.specs[attempt.number], attempt, worker.number)
        if unit not in worker.units:
            self._ledger.end(unit)

    def lose(self, worker: WorkerProcess, error: str) -> None:
        """Fail the specs whose results a lost worker held. Nobody knows how their checks would have ended."""
        for spec in list(worker.held):
            text = f"its result was held for checks after the spec, which did not end: {error}"
            self.settle(worker, protocol.Settled(spec, text))
