"""Workers that end unasked, or are killed because they ignore their limits: what becomes of their specs."""

from __future__ import annotations

from collections.abc import Callable

from maidenhair.engine.capture.text_filters import TextFilters
from maidenhair.engine.parallel.attempts import Attempts
from maidenhair.engine.parallel.ledger import Ledger
from maidenhair.engine.parallel.pool import WorkerProcess
from maidenhair.engine.replay.results import Results
from maidenhair.engine.run_state import RunState

LATE_SECONDS = 5.0
EXIT_SECONDS = 30.0
"""The least time that a worker without threads has to end after its last hook."""


class LostWorkers:
    """Notes the loss of workers.

    Args:
        workers: the workers of the run, from which lost ones are removed.
        filters: filters texts of workers, which cannot do it any more.
        state: takes errors outside any spec.
        grace: the seconds after a limit at which a worker is killed.
        ledger: takes the units of a lost worker.
        attempts: takes the specs whose results it held.
        results: takes the features and rules that it was in.
        give_up: called with a reason if no worker can start.

    Attributes:
        hand_out_again: whether the rest of its units goes to other workers.
    """

    def __init__(
        self,
        workers: list[WorkerProcess],
        filters: TextFilters,
        state: RunState,
        grace: float,
        ledger: Ledger,
        attempts: Attempts,
        results: Results,
        give_up: Callable[[str], None],
    ) -> None:
        self.hand_out_again = True
        self._workers = workers
        self._filters = filters
        self._state = state
        self._grace = grace
        self._ledger = ledger
        self._attempts = attempts
        self._results = results
        self._give_up = give_up

    def end_late(self, worker: WorkerProcess, now: float) -> None:
        """End a worker that ignores its limit, or does not end after its last hook."""
        grace = self._grace
        if worker.is_late(grace + LATE_SECONDS):
            worker.kill()
            self.lose(worker, "it ignores its limit, and does not answer")
        elif worker.finished_at is not None:
            threads = ", ".join(worker.threads)
            # On a busy machine, the end of Python alone can take longer than a short grace period.
            if now - worker.finished_at > (grace if threads else max(grace, EXIT_SECONDS)):
                worker.kill()
                left = f", because threads are left: {threads}" if threads else ""
                self.lose(worker, f"it did not end after its last hook{left}")

    def lose(self, worker: WorkerProcess, reason: str) -> None:
        """Take note that a worker is gone: of the spec that it ran, and of its features and rules."""
        finishing = worker.state == "finishing" and worker.process.returncode == 0
        if not finishing:
            # What it started goes with it.
            worker.kill()
        for place in worker.inside:
            self._results.lost(place)
        if worker.held:
            _, error = worker.obituary(reason)
            # Without the output, which is that of another spec.
            self._attempts.lose(worker, self._filters.text(error.partition("\n")[0]))
        if worker.units:
            self._lose_units(worker, reason)
        elif worker.state in ("loading", "starting"):
            output = self._filters.text(worker.last_output())
            self._give_up(f"worker {worker.number} could not start: {reason}\n{output}".rstrip())
        elif not finishing:
            _, obituary = worker.obituary(reason)
            self._state.fail(f"worker {worker.number}: {self._filters.text(obituary)}")
        worker.close()
        self._workers.remove(worker)

    def _lose_units(self, worker: WorkerProcess, reason: str) -> None:
        again = self.hand_out_again
        step, error = worker.obituary(reason)
        # A dead worker cannot filter its last output itself.
        error = self._filters.text(error)
        while len(worker.units) > 1:
            self._ledger.put_back(worker.units.pop(), again)
        unit = worker.units.pop()
        if worker.begun:
            self._ledger.lose(worker, unit, step, error, again)
        else:
            # It died in a hook after the specs before, or between specs.
            self._ledger.put_back(unit, again)
            self._state.fail(f"worker {worker.number}: {error}")
