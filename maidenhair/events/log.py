"""The file to which a run appends its events as they happen."""

from __future__ import annotations

import base64
import mimetypes
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Protocol

from maidenhair.events.encoding import encode
from maidenhair.events.event import RunEvent
from maidenhair.events.spec_events import Attached

EVENTS_FILE = "events.jsonl"
"""The name of the file in the folder of a run."""
ATTACHMENTS = "attachments"
"""The folder of long attachments, beside the file."""
LONGEST_INLINE = 4096
"""The number of bytes from which on an attachment gets a file of its own."""


class EventSink(Protocol):
    """Takes the events of a run."""

    def publish(self, *events: RunEvent) -> None:
        """Take events, in order."""

    def attach(self, spec: str, attempt: int, mime_type: str, data: bytes) -> None:
        """Take an attachment of a spec."""

    def together(self) -> AbstractContextManager[None]:
        """Return a context: the events of it are written with one write, at its end."""


class EventLog:
    """Appends the events of a run to a file.

    Every call of `publish` outside of `together` is one write, so that the events survive if the process is killed.
    After an error, such as a full disk, nothing more is written.

    Args:
        folder: the folder of the run. It is created with the first event.
        on_error: takes the first error.

    Attributes:
        path: the file.

    Example:
        >>> log = EventLog(folder, print)
        >>> log.publish(Warned("the cluster has one node"))
        >>> [event.message for event in read_events(log.path)]
        ['the cluster has one node']
        >>> log.close()
    """

    def __init__(self, folder: Path, on_error: Callable[[OSError], object]) -> None:
        self.path = folder / EVENTS_FILE
        self._on_error = on_error
        self._descriptor: int | None = None
        self._closed = False
        self._gathered: list[bytes] | None = None
        self._attached = 0
        self._process = os.getpid()

    def publish(self, *events: RunEvent) -> None:
        """Append events."""
        # A child process that a step forked has the file, too.
        if not events or self._closed or os.getpid() != self._process:
            return
        self._guarded(lambda: self._write(b"".join(map(encode, events))))

    def attach(self, spec: str, attempt: int, mime_type: str, data: bytes) -> None:
        """Append an attachment of a spec. Long data goes to a file of its own."""
        if self._closed or os.getpid() != self._process:
            return
        if len(data) <= LONGEST_INLINE:
            self.publish(_inline(spec, attempt, mime_type, data))
            return

        def write() -> None:
            self._attached += 1
            suffix = mimetypes.guess_extension(mime_type) or ".bin"
            name = Path(ATTACHMENTS, f"{spec}-{attempt}-{self._attached}{suffix}")
            path = self.path.parent / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            event = Attached(spec, mime_type, path=name.as_posix(), attempt=attempt)
            self._write(encode(event))

        self._guarded(write)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Write the events of this context with one write, at its end."""
        self._gathered = []
        try:
            yield
        finally:
            lines, self._gathered = b"".join(self._gathered), None
            if lines and not self._closed:
                self._guarded(lambda: self._write(lines))

    def close(self) -> None:
        """Close the file. Later events are dropped."""
        self._closed = True
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _guarded(self, write: Callable[[], None]) -> None:
        try:
            write()
        except OSError as error:
            self.close()
            self._on_error(error)

    def _write(self, lines: bytes) -> None:
        if self._gathered is not None:
            self._gathered.append(lines)
            return
        if self._descriptor is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            self._descriptor = os.open(self.path, flags, 0o666)
        view = memoryview(lines)
        while view:
            view = view[os.write(self._descriptor, view) :]


class Discard:
    """Takes the events of a run that has no file, such as a dry run."""

    def publish(self, *events: RunEvent) -> None:
        """Drop events."""

    def attach(self, spec: str, attempt: int, mime_type: str, data: bytes) -> None:
        """Drop an attachment."""

    def together(self) -> AbstractContextManager[None]:
        """Return a context that does nothing."""
        return nullcontext()


def _inline(spec: str, attempt: int, mime_type: str, data: bytes) -> Attached:
    if mime_type.startswith("text/") or mime_type == "application/json":
        try:
            return Attached(spec, mime_type, text=data.decode(), attempt=attempt)
        except UnicodeDecodeError:
            pass
    encoded = base64.b64encode(data).decode()
    return Attached(spec, mime_type, base64=encoded, attempt=attempt)
