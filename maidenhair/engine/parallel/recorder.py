"""Notes what a spec does and writes, in order, instead of showing it."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from maidenhair.engine.execution.outcomes import ElementState, Event


class Recorder:
    """Stands in for behave's formatters where a spec runs, and keeps their calls."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._steps: dict[int, int] = {}
        self._next = 0

    def take(self) -> list[Event]:
        """Return what was noted since the last call."""
        events, self._events = self._events, []
        return events

    def wrote(self, stream: str, text: str) -> None:
        """Note output on "out" or "err"."""
        if self._events and self._events[-1][0] == stream:
            text = self._events.pop()[1] + text
        self._events.append((stream, text))

    def uri(self, uri: str) -> None:
        """Note nothing: whoever shows the run tells of features itself."""

    def feature(self, feature: Any) -> None:
        """Note nothing."""

    def rule(self, rule: Any) -> None:
        """Note nothing."""

    def background(self, background: Any) -> None:
        """Note nothing."""

    def eof(self) -> None:
        """Note nothing."""

    def close(self) -> None:
        """Note nothing."""

    def scenario(self, scenario: Any) -> None:
        """Note that a scenario begins."""
        self._steps = {id(step): index for index, step in enumerate(scenario.all_steps)}
        self._next = 0
        self._events.append(("scenario",))

    def step(self, step: Any) -> None:
        """Note that a step is announced."""
        self._note("step", step)

    def match(self, match: Any) -> None:
        """Note that a step was looked up."""
        # behave looks a step up right before it runs.
        self._events.append(("match", self._next))

    def result(self, step: Any) -> None:
        """Note how a step ended."""
        self._note("result", step, ElementState.of(step))
        self._next = self._steps.get(id(step), self._next) + 1

    def embedding(self, mime_type: str, data: bytes) -> None:
        """Note an attachment."""
        self._events.append(("embedding", mime_type, data))

    def _note(self, kind: str, step: Any, *details: Any) -> None:
        index = self._steps.get(id(step))
        if index is not None:
            self._events.append((kind, index, *details))


class RecordedStream(io.TextIOBase):
    """A standard stream whose text is noted.

    Args:
        wrote: takes what is written.
        stands_for: the stream that it replaces; has the file descriptor.
    """

    def __init__(self, wrote: Callable[[str], None], stands_for: Any) -> None:
        self._wrote = wrote
        self._stands_for = stands_for

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Return the encoding of the replaced stream."""
        return str(self._stands_for.encoding)

    @property
    def buffer(self) -> Any:
        """Return the replaced stream's buffer, for those who write bytes."""
        return self._stands_for.buffer

    def fileno(self) -> int:
        """Return the replaced stream's file descriptor."""
        return int(self._stands_for.fileno())

    def writable(self) -> bool:
        """Return yes."""
        return True

    def write(self, text: str) -> int:
        """Note the text."""
        self._wrote(text)
        return len(text)


class Tail:
    """A file that holds what the spec of the moment wrote, for the case that its process dies.

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
        """Keep the text, and add it to the tail."""
        self._tail.write(text)
        return super().write(text)
