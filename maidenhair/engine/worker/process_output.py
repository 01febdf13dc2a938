"""The output of a worker process in files: a copy of the running spec's, and that past Python's streams."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from maidenhair.engine.capture.captured_text import CappedBytes
from maidenhair.engine.capture.output_files import OutputFiles
from maidenhair.engine.wire.worker_files import RETAINED_BYTES

_TAIL_BYTES = 1 << 20


class Tail:
    """A file with the last output of the running spec, for the case that its process dies.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC, 0o600)
        self._size = 0

    def write(self, content: bytes) -> None:
        """Add output; a full disk is no failure of the spec."""
        with suppress(OSError):
            if self._size > _TAIL_BYTES:
                self._shorten()
            self._size += os.write(self._descriptor, content)

    def clear(self) -> None:
        """Begin anew."""
        if self._size:
            self._size = 0
            with suppress(OSError):
                os.ftruncate(self._descriptor, 0)

    def _shorten(self) -> None:
        last = os.pread(self._descriptor, RETAINED_BYTES, self._size - RETAINED_BYTES)
        os.ftruncate(self._descriptor, 0)
        self._size = os.write(self._descriptor, last)


_CHUNK = 1 << 20


class RawOutput:
    """The output past Python's streams, such as that of child processes.

    Args:
        path: the file that the process has as standard output and error.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY)
        self._offset = 0

    def read(self, files: OutputFiles) -> str:
        """Return the output since the last call, or both its ends.

        Args:
            files: makes the file for output that is too long.
        """
        for stream in (sys.__stdout__, sys.__stderr__):
            if stream is not None:
                stream.flush()
        with suppress(OSError):
            data = os.pread(self._descriptor, _CHUNK, self._offset)
            if not data:
                return ""
            with CappedBytes(files) as content:
                while data:
                    self._offset += len(data)
                    content.write(data)
                    data = os.pread(self._descriptor, _CHUNK, self._offset)
                return content.whole.text(content.note(), "replace")
        return ""
