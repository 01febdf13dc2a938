"""Reads the events of runs, also of runs that were killed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from maidenhair.errors import EventsError
from maidenhair.events.encoding import decode
from maidenhair.events.event import RunEvent
from maidenhair.events.log import EVENTS_FILE


def read_events(path: Path) -> Iterator[RunEvent]:
    """Yield the events of a file. A last line without its line break is left out, because its run was killed.

    Args:
        path: the file, or the folder of the run.

    Raises:
        EventsError: the file cannot be read, or a line is not an event of a supported version.
    """
    path = path / EVENTS_FILE if path.is_dir() else path
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    return
                try:
                    yield decode(line)
                except EventsError as error:
                    raise EventsError(f"{path}:{number}: {error}") from error
    except OSError as error:
        raise EventsError(f"{path}: the run events cannot be read: {error.strerror}") from error


def find_event_files(path: Path) -> list[Path]:
    """Return the event files of a path: the path itself if it is a file, otherwise those below the folder.

    Raises:
        EventsError: there is none.
    """
    if not path.is_dir():
        if path.exists():
            return [path]
        raise EventsError(f"{path}: no such file; give folders of runs, or their {EVENTS_FILE}")
    found = sorted(path.rglob(EVENTS_FILE))
    if not found:
        raise EventsError(f"{path}: no {EVENTS_FILE} in the folder; a run writes it to artifacts/")
    return found
