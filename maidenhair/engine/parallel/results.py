"""The results of a run so far."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence

from maidenhair.engine.parallel.protocol import Visited, unpickled
from maidenhair.engine.parallel.records import SpecRecord
from maidenhair.engine.planning.specs import SpecId


class Results:
    """The results of each spec. The records are in a file, so that those that wait to be shown take no memory."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - open for as long as the run
        self._places: dict[SpecId, list[tuple[int, int]]] = {}
        self._done: set[SpecId] = set()
        self._visits: dict[SpecId, list[Visited]] = {}
        self._open: dict[SpecId, int] = {}
        self._changed = True

    def take_changed(self) -> bool:
        """Return whether anything changed since the last call."""
        changed, self._changed = self._changed, False
        return changed

    def add(self, spec: SpecId, record: bytes, final: bool) -> None:
        """Add an attempt of a spec."""
        self._changed = True
        offset = self._file.seek(0, 2)
        self._file.write(record)
        self._places.setdefault(spec, []).append((offset, len(record)))
        if final:
            self._done.add(spec)

    def drop(self, specs: Iterable[SpecId]) -> None:
        """Note that specs will not run any more."""
        self._changed = True
        self._done.update(specs)

    def visited(self, visit: Visited) -> None:
        """Add how a worker entered or left a feature or rule."""
        self._changed = True
        self._visits.setdefault(visit.place, []).append(visit)
        change = 1 if visit.entered else -1
        self._open[visit.place] = self._open.get(visit.place, 0) + change

    def lost(self, place: SpecId) -> None:
        """Note that a worker died in a feature or rule."""
        self._changed = True
        self._open[place] -= 1

    def is_done(self, spec: SpecId) -> bool:
        """Return whether the results of a spec are complete."""
        return spec in self._done

    def has_run(self, spec: SpecId) -> bool:
        """Return whether there is an attempt of a spec."""
        return spec in self._places

    def is_open(self, place: SpecId) -> bool:
        """Return whether a worker is in a feature or rule."""
        return self._open.get(place, 0) > 0

    def records(self, spec: SpecId) -> list[SpecRecord]:
        """Return the attempts of a spec."""
        records = []
        for offset, length in self._places.pop(spec, ()):
            self._file.seek(offset)
            records.append(unpickled(self._file.read(length)))
        return records

    def visits(self, place: SpecId) -> Sequence[Visited]:
        """Return how workers entered and left a feature or rule."""
        return self._visits.get(place, ())

    def close(self) -> None:
        """Remove the file."""
        self._file.close()
