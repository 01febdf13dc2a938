"""Records the events and the output of a spec, in order, instead of showing them."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, TextIO

from maidenhair.engine.execution.outcomes import ElementState
from maidenhair.engine.model import Feature, Scenario, Step
from maidenhair.engine.parallel.records import (
    Embedded,
    Event,
    ScenarioBegun,
    StepAnnounced,
    StepEnded,
    StepMatched,
    Stream,
    Written,
)


class Recorder:
    """The formatter of a worker: records the calls that the run's formatters get later."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._steps: dict[int, int] = {}
        self._next = 0

    def take(self) -> list[Event]:
        """Return the events since the last call."""
        events, self._events = self._events, []
        return events

    def wrote(self, stream: Stream, text: str) -> None:
        """Record output."""
        last = self._events[-1] if self._events else None
        if isinstance(last, Written) and last.stream == stream:
            self._events[-1] = Written(stream, last.text + text)
        else:
            self._events.append(Written(stream, text))

    def uri(self, uri: str) -> None:
        """Record nothing: the run announces features itself."""

    def feature(self, feature: Feature) -> None:
        """Record nothing."""

    def rule(self, rule: object) -> None:
        """Record nothing."""

    def background(self, background: object) -> None:
        """Record nothing."""

    def eof(self) -> None:
        """Record nothing."""

    def close(self) -> None:
        """Record nothing."""

    def scenario(self, scenario: Scenario) -> None:
        """Record that a scenario begins."""
        self._steps = {id(step): index for index, step in enumerate(scenario.all_steps)}
        self._next = 0
        self._events.append(ScenarioBegun())

    def step(self, step: Step) -> None:
        """Record that a step is announced."""
        index = self._steps.get(id(step))
        if index is not None:
            self._events.append(StepAnnounced(index))

    def match(self, match: object) -> None:
        """Record that a step was looked up."""
        # behave looks a step up right before it runs.
        self._events.append(StepMatched(self._next))

    def result(self, step: Step) -> None:
        """Record how a step ended."""
        index = self._steps.get(id(step))
        if index is not None:
            self._events.append(StepEnded(index, ElementState.of(step)))
            self._next = index
        self._next += 1

    def embedding(self, mime_type: str, data: bytes) -> None:
        """Record an attachment."""
        self._events.append(Embedded(mime_type, data))


class RecordedStream(io.TextIOBase):
    """A standard stream whose text is recorded.

    Args:
        wrote: takes the text.
        stands_for: the stream that it replaces; has the file descriptor.
    """

    def __init__(self, wrote: Callable[[str], None], stands_for: TextIO) -> None:
        self._wrote = wrote
        self._stands_for = stands_for

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Return the encoding of the replaced stream."""
        return str(self._stands_for.encoding)

    @property
    def buffer(self) -> BinaryIO:
        """Return the replaced stream's buffer, which takes bytes."""
        return self._stands_for.buffer

    def fileno(self) -> int:
        """Return the replaced stream's file descriptor."""
        return int(self._stands_for.fileno())

    def writable(self) -> bool:
        """Return yes."""
        return True

    def write(self, text: str) -> int:
        """Record the text."""
        self._wrote(text)
        return len(text)


class Tail:
    """A file with the output of the running spec, for the case that its process dies.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_TRUNC, 0o600)

    def write(self, text: str) -> None:
        """Add text; a full disk is no failure of the spec."""
        with suppress(OSError):
            os.write(self._descriptor, text.encode("utf-8", errors="replace"))

    def clear(self) -> None:
        """Begin anew."""
        with suppress(OSError):
            os.ftruncate(self._descriptor, 0)


class TeedBuffer(io.StringIO):
    """behave's buffer of captured output, which writes a tail as well."""

    def __init__(self, tail: Tail) -> None:
        super().__init__()
        self._tail = tail

    def write(self, text: str) -> int:
        """Add the text, to the tail as well."""
        self._tail.write(text)
        return super().write(text)


class RawOutput:
    """The output past Python's streams, such as that of child processes.

    Args:
        path: the file that the process has as standard output and error.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def read(self) -> str:
        """Return the output since the last call."""
        for stream in (sys.__stdout__, sys.__stderr__):
            if stream is not None:
                stream.flush()
        with suppress(OSError), self._path.open("rb") as file:
            file.seek(self._offset)
            found = file.read()
            self._offset += len(found)
            return found.decode("utf-8", errors="replace")
        return ""
