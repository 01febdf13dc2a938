"""The progress of a run: a live display on a terminal, lines elsewhere, and the location of each worker on request."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Self

from maidenhair.config.engine import EngineSettings
from maidenhair.engine.output.time_left import TimeLeft
from maidenhair.engine.parallel.pool import WorkerProcess
from maidenhair.engine.planning.history import load_history
from maidenhair.engine.planning.specs import Planned, Unit
from maidenhair.engine.wire.protocol import TellWhere

if TYPE_CHECKING:
    from maidenhair.engine.output.live import LiveLines

LINE_SECONDS = 30.0
DRAW_SECONDS = 0.25
ESTIMATING = 0.02
"""The part of the time that may be spent on estimates of the time left."""


class RunProgress:
    """Reports how many specs are done, failed, running and left, and how long that may take.

    Args:
        settings: the engine's settings.
        units: the units that run.
        workers: returns the workers of the moment.
    """

    def __init__(
        self,
        settings: EngineSettings,
        units: Sequence[Unit],
        workers: Callable[[], Sequence[WorkerProcess]],
    ) -> None:
        self._settings = settings
        self._workers = workers
        durations = load_history(self._settings.history).durations
        self._time_left = TimeLeft(units, durations, settings.budget or {})
        self._done = self._failed = 0
        self._requested = False
        self._live = self._make_live()
        self._estimate, self._next_estimate = "", 0.0
        self._next_line = time.monotonic() + (0.0 if self._live else LINE_SECONDS)

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def ask(self) -> None:
        """Have every worker report its location; called by a signal handler."""
        self._requested = True

    def done(self, spec: Planned, failed: bool, seconds: float | None = None) -> None:
        """Count a spec that ended; `seconds` is how long it took, None if it was lost or skipped."""
        self._time_left.end(spec, seconds)
        self._done += 1
        self._failed += failed

    def tick(self) -> None:
        """Do what is due: ask workers, write a line, draw."""
        now = time.monotonic()
        after = self._settings.poll_progress_after
        requested, self._requested = self._requested, False
        for worker in self._workers():
            begun = max(worker.since, worker.requested_at)
            if requested or (after and worker.state == "busy" and now - begun > after):
                worker.requested_at = now
                worker.send(TellWhere())
        if self._live is not None:
            if now > self._next_line:
                self._next_line = now + DRAW_SECONDS
                self._live.show(self._lines())
        elif self._settings.display != "off" and now > self._next_line:
            self._next_line = now + LINE_SECONDS
            print(self._line(), file=sys.stderr, flush=True)
        if requested and self._live is None:
            print(self._line(), file=sys.stderr, flush=True)

    def show_location(self, worker: WorkerProcess, location: str) -> None:
        """Write the location of a worker to standard error."""
        with self.aside():
            print(f"{self._of(worker)}\n{location}", file=sys.stderr, flush=True)

    def make_room(self) -> None:
        """Take the display away for text that bypasses Python's streams. Safe in a signal handler."""
        if self._live is not None:
            self._live.make_room()

    def release(self) -> None:
        """Leave the terminal as it was, because the process ends. Safe in a signal handler."""
        if self._live is not None:
            self._live.release()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Show the display again after other output, which erases it."""
        if self._live is None:
            yield
            return
        with self._live.aside():
            yield

    def _make_live(self) -> LiveLines | None:
        display = self._settings.display
        dumb = os.environ.get("CI") or os.environ.get("TERM") == "dumb" or "NO_COLOR" in os.environ
        if display == "auto":
            display = "live" if sys.stderr.isatty() and not dumb else "lines"
        if display != "live" or not sys.stderr.isatty():
            return None
        # Imported where there is a terminal, because it takes time to import.
        from maidenhair.engine.output.live import LiveLines

        return LiveLines()

    def _line(self) -> str:
        now = time.monotonic()
        running = {
            worker.unit.specs[worker.index].id: now - worker.since
            for worker in self._workers()
            if worker.unit is not None
        }
        held = sum(len(worker.held) for worker in self._workers())
        left = max(0, self._time_left.specs - len(running) - held)
        if now > self._next_estimate:
            self._estimate = self._time_left.describe(running, self._settings.jobs)
            spent = time.monotonic() - now
            self._next_estimate = now + spent / ESTIMATING
        to_go = f", {self._estimate} to go" if self._estimate else ""
        counts = f"{self._done} done, {self._failed} failed{to_go}, {len(running)} running"
        return f"{counts}{f', {held} cleaning up' if held else ''}, {left} left"

    def _of(self, worker: WorkerProcess) -> str:
        spec = worker.unit.specs[worker.index].scenario if worker.unit else None
        elapsed = time.monotonic() - worker.since
        what = f"{spec.location} {spec.name}" if spec is not None else worker.state
        return f"worker {worker.number}: {what}, for {elapsed:.1f} s"

    def _lines(self) -> list[str]:
        return [self._line(), *map(self._of, self._workers())]
