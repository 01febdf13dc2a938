"""A run as its events describe it: its plan, its results, and the specs without a result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from maidenhair.errors import EventsError
from maidenhair.events.event import RunEvent
from maidenhair.events.log import EVENTS_FILE
from maidenhair.events.plan_events import SpecLeftOut, SpecPlanned
from maidenhair.events.reader import read_events
from maidenhair.events.run_events import (
    FileBroken,
    ProblemFound,
    RoundStarted,
    RunEnded,
    RunStarted,
)
from maidenhair.events.spec_events import SpecEnded


@dataclass(frozen=True)
class RecordedRun:
    """The plan and the results of a run. Of several rounds, those of the last one.

    Attributes:
        path: the file of the events.
        started: the start of the run.
        planned: the planned specs, by id.
        left_out: the specs that are in no plan, by id.
        results: the results of specs, by id.
        broken: the files that could not be parsed, by path.
        problems: the errors outside any spec.
        ended: the end of the run. None if it was killed or still runs.
    """

    path: Path
    started: RunStarted
    planned: Mapping[str, SpecPlanned]
    left_out: Mapping[str, SpecLeftOut]
    results: Mapping[str, SpecEnded]
    broken: Mapping[str, FileBroken]
    problems: Sequence[str]
    ended: RunEnded | None

    @property
    def not_ended(self) -> Sequence[SpecPlanned]:
        """Return the planned specs without a result."""
        return [spec for spec in self.planned.values() if spec.spec not in self.results]


def read_run(path: Path) -> RecordedRun:
    """Read the events of a run.

    Args:
        path: the file, or the folder of the run.

    Raises:
        EventsError: the file is not one of run events, or contradicts itself.
    """
    path = path / EVENTS_FILE if path.is_dir() else path
    return recorded_run(path, read_events(path))


def recorded_run(path: Path, events: Iterable[RunEvent]) -> RecordedRun:
    """Return the run that events describe.

    Args:
        path: the file of the events, for messages.
        events: the events, in order.

    Raises:
        EventsError: the events do not begin with `run_started`, or a spec has two results or a result without a plan.
    """
    collected = _Collected()
    started: RunStarted | None = None
    for event in events:
        if isinstance(event, RunStarted):
            started = event
        elif started is None:
            break
        elif problem := collected.take(event):
            raise EventsError(f"{path}: {problem}; this is an error of maidenhair's own")
    if started is None:
        raise EventsError(
            f"{path}: the events do not begin with run_started; the run was killed before it had a plan, or the file "
            "is not one of run events"
        )
    return RecordedRun(
        path,
        started,
        collected.planned,
        collected.left_out,
        collected.results,
        collected.broken,
        collected.problems,
        collected.ended,
    )


@dataclass
class _Collected:
    planned: dict[str, SpecPlanned] = field(default_factory=dict)
    left_out: dict[str, SpecLeftOut] = field(default_factory=dict)
    results: dict[str, SpecEnded] = field(default_factory=dict)
    broken: dict[str, FileBroken] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    ended: RunEnded | None = None

    def take(self, event: RunEvent) -> str:
        """Take an event. Return a contradiction to earlier ones, or nothing."""
        match event:
            case SpecPlanned(spec=spec):
                if spec in self.planned:
                    return f"spec {spec} ({event.name}) is planned twice"
                self.planned[spec] = event
            case SpecLeftOut(spec=spec):
                self.left_out[spec] = event
            case SpecEnded(spec=spec):
                if spec not in self.planned or spec in self.results:
                    count = "two results" if spec in self.results else "a result without a plan"
                    return f"spec {spec} has {count}"
                self.results[spec] = event
            case FileBroken(file=file):
                self.broken[file] = event
            case ProblemFound(message=message):
                self.problems.append(message)
            case RoundStarted():
                self.planned, self.left_out, self.results = {}, {}, {}
            case RunEnded():
                self.ended = event
        return ""
