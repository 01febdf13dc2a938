"""Writes the events of a merged run: one file like that of a run without shards."""

from __future__ import annotations

import heapq
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from msgspec.structs import replace

from maidenhair.errors import EventsError
from maidenhair.events.encoding import encode
from maidenhair.events.event import RunEvent
from maidenhair.events.fingerprint import fingerprint_of
from maidenhair.events.log import EVENTS_FILE
from maidenhair.events.merge import MergedRun, shard_name
from maidenhair.events.plan_events import SpecLeftOut, SpecPlanned
from maidenhair.events.reader import read_events
from maidenhair.events.recorded_run import RecordedRun
from maidenhair.events.run_events import (
    FileBroken,
    ProblemFound,
    RoundStarted,
    RunEnded,
    RunStarted,
    WorkerLost,
)
from maidenhair.events.spec_events import Attached, SpecEnded, SpecStarted

Copy = Callable[[str | None], str | None]


def write_merged(merged: MergedRun, folder: Path) -> Path:
    """Write the events of a merged run, and copy the attachments and diagnostics that they name.

    Args:
        merged: the run.
        folder: the folder for `events.jsonl` and the copies. It is created if it does not exist.

    Returns:
        The file.

    Raises:
        EventsError: the folder is that of a shard, or a file cannot be written.
    """
    target = folder / EVENTS_FILE
    if target.resolve() in {run.path for run in merged.runs}:
        raise EventsError(f"{target} is one of the results to merge; choose another folder")
    temporary = folder / f".{EVENTS_FILE}.new"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.writelines(map(encode, _merged(merged, folder)))
        temporary.replace(target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise EventsError(f"{target}: the merged events cannot be written: {error}") from error
    return target


def _merged(merged: MergedRun, folder: Path) -> Iterator[RunEvent]:
    yield _started(merged)
    yield from sorted(
        (spec for run in merged.runs for spec in run.planned.values()),
        key=lambda each: each.number,
    )
    yield from {spec: event for run in merged.runs for spec, event in run.left_out.items()}.values()
    streams = [_of_shard(run, _copier(run, folder)) for run in merged.runs]
    yield from merged.broken.values()
    yield from (event for _, event in heapq.merge(*streams, key=lambda pair: pair[0]))
    yield _ended(merged)


def _started(merged: MergedRun) -> RunStarted:
    starts = [run.started for run in merged.runs]
    division = starts[0].division
    specs = [spec for run in merged.runs for spec in run.planned.values()]
    whole = replace(
        division,
        shard=1,
        shards=1,
        fingerprint=fingerprint_of(specs, 1, division.selection, division.durations),
    )
    return replace(
        starts[0],
        time=min(each.time for each in starts),
        run=f"merged-{division.fingerprint}",
        division=whole,
        merged_from=tuple(each.run for each in starts),
    )


def _ended(merged: MergedRun) -> RunEnded:
    counts = merged.counts
    walls = [run.ended.seconds for run in merged.runs if run.ended is not None]
    return RunEnded(
        merged.exit_code,
        max(walls, default=0.0),
        counts["passed"],
        counts["failed"],
        counts["skipped"],
        counts["untested"],
        tuple(merged.problems),
        time=time.time(),
    )


def _of_shard(run: RecordedRun, copy: Copy) -> Iterator[tuple[float, RunEvent]]:
    """Yield the events of a shard that are not about its plan or its files, each with a time that never decreases."""
    latest = 0.0
    for event in read_events(run.path):
        if isinstance(
            event, RunStarted | SpecPlanned | SpecLeftOut | RoundStarted | FileBroken | RunEnded
        ):
            continue
        latest = max(latest, event.time)
        yield latest, _moved(event, run, copy)


def _moved(event: RunEvent, run: RecordedRun, copy: Copy) -> RunEvent:
    """Return an event with its worker and its paths as they are in the merged run."""
    match event:
        case SpecStarted() | WorkerLost():
            return replace(event, worker=f"{shard_name(run)} {event.worker}".rstrip())
        case ProblemFound():
            return replace(event, message=f"{shard_name(run)}: {event.message}")
        case Attached():
            return replace(event, path=copy(event.path))
        case SpecEnded():
            return replace(event, artifacts=copy(event.artifacts))
    return event


def _copier(run: RecordedRun, folder: Path) -> Copy:
    prefix = f"shard-{run.started.division.shard}"

    def copy(path: str | None) -> str | None:
        """Copy a file or folder that an event names. Return its new path, or nothing if it does not exist."""
        if path is None:
            return None
        relative = PurePosixPath(path)
        source = run.path.parent / relative
        if relative.is_absolute() or ".." in relative.parts or not source.exists():
            return None
        new = prefix / relative
        target = folder / new
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target)
        return new.as_posix()

    return copy
