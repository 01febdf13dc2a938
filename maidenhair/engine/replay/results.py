"""The results of a run so far."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from typing import IO

from maidenhair.engine.planning.places import SpecId
from maidenhair.engine.wire.packed_records import unpickled
from maidenhair.engine.wire.protocol import Visited
from maidenhair.engine.wire.records import SpecRecord

IN_MEMORY = 8 << 20
"""The bytes of records that wait to be shown in memory. Those beyond wait in a file."""
READ = 1 << 20
"""The bytes of records that wait as objects. They take several times as much memory, but are read only once."""

_Place = tuple[int, int] | bytes | tuple[SpecRecord, int]


class Results:
    """The results of each spec. Records that wait to be shown take little memory."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._places: dict[SpecId, list[_Place]] = {}
        self._in_memory = 0
        self._done: set[SpecId] = set()
        self._visits: dict[SpecId, list[Visited]] = {}
        self._open: dict[SpecId, int] = {}
        self._changed = True

    def take_changed(self) -> bool:
        """Return whether anything changed since the last call."""
        changed, self._changed = self._changed, False
        return changed

    def add(self, spec: SpecId, pickled: bytes, record: SpecRecord, final: bool) -> None:
        """Add an attempt of a spec, as bytes and as what they contain."""
        self._changed = True
        self._places.setdefault(spec, []).append(self._stored(pickled, record))
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
        return [self._read(place) for place in self._places.pop(spec, ())]

    def visits(self, place: SpecId) -> Sequence[Visited]:
        """Return how workers entered and left a feature or rule."""
        return self._visits.get(place, ())

    def forget(self, place: SpecId) -> None:
        """Drop the visits of a feature or rule that was shown."""
        self._visits.pop(place, None)

    def close(self) -> None:
        """Remove the file."""
        if self._file is not None:
            self._file.close()

    def _stored(self, pickled: bytes, record: SpecRecord) -> _Place:
        size = len(pickled)
        if self._in_memory + size <= READ:
            self._in_memory += size
            return record, size
        if self._in_memory + size > IN_MEMORY:
            try:
                if self._file is None:
                    self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - open for as long as the run
                offset = self._file.seek(0, 2)
                if self._file.write(pickled) == size:
                    return offset, size
            except OSError:
                # The disk is full: memory has to do.
                pass
        self._in_memory += size
        return pickled

    def _read(self, place: _Place) -> SpecRecord:
        if isinstance(place, bytes):
            self._in_memory -= len(place)
            return unpickled(place)
        if isinstance(place[0], SpecRecord):
            self._in_memory -= place[1]
            return place[0]
        if self._file is None:
            raise RuntimeError("a record is in a file that is not open")
        offset, length = place
        self._file.seek(offset)
        return unpickled(self._file.read(length))
