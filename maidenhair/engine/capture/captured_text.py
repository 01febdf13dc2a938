"""Captured output of which the beginning and the end stay in memory, and the whole goes to a file.

Behave collects the whole output of a spec in memory, and copies it after each step.
"""

from __future__ import annotations

import codecs
import io
import re
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO, Self

from maidenhair.engine.capture.output_files import OutputFiles

ENCODING = "utf-8"
# Behave keeps text as it is, lone surrogates included.
ERRORS = "surrogatepass"
WRITE_THROUGH_BYTES = 65_536
"""The bytes of output of a step from which on the copy may lack the last of them."""
PENDING_BYTES = 8192
"""The bytes that it may lack: those that `TextIOWrapper` holds back."""


class HeadAndTail:
    """Bytes of which only the first and the last stay.

    Args:
        limit: the number of bytes that stay at each end.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._head = b""
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self._dropped = 0

    @property
    def size(self) -> int:
        """Return the number of bytes that were added."""
        return len(self._head) + self._tail_size + self._dropped

    def fits(self, number: int) -> bool:
        """Return whether `number` further bytes can be added without a loss."""
        return self.size + number <= 2 * self._limit

    def add(self, data: bytes) -> None:
        """Add bytes."""
        room = self._limit - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        if not data:
            return
        self._tail.append(data)
        self._tail_size += len(data)
        while self._tail and self._tail_size - len(self._tail[0]) >= self._limit:
            dropped = len(self._tail.popleft())
            self._tail_size -= dropped
            self._dropped += dropped

    def content(self) -> bytes:
        """Return what stays of the bytes."""
        return b"".join((self._head, *self._tail))

    def text(self, note: str = "", errors: str = ERRORS) -> str:
        """Return the text. If a part is left out, a line in its place says so.

        Args:
            note: the end of that line, for example where the whole output is.
            errors: the way to decode bytes that are no text, as in `bytes.decode`.
        """
        if not self._dropped and self._tail_size <= self._limit:
            return self.content().decode(ENCODING, errors)
        tail = b"".join(self._tail)
        tail = tail[max(0, len(tail) - self._limit) :]
        left_out = self.size - len(self._head) - len(tail)
        # Neither end may begin or end within a character.
        head = codecs.getincrementaldecoder(ENCODING)(errors).decode(self._head)
        end = re.sub(rb"\A[\x80-\xbf]{0,3}", b"", tail).decode(ENCODING, errors)
        return f"{head}\n… {left_out} bytes are left out here{note} …\n{end}"


class CappedBytes:
    """The bytes behind a captured stream: both ends of all, both ends since a mark, and a file if that is not all.

    It has what `TextIOWrapper` needs. As a class of `io`, it would take several times as long to make.

    Args:
        files: makes the file.
        copy: takes a copy of the bytes.
    """

    def __init__(self, files: OutputFiles, copy: Callable[[bytes], object] | None = None) -> None:
        self.closed = False
        self._files = files
        self._copy = copy
        self._file: BinaryIO | None = None
        self._note = ""
        self.whole = HeadAndTail(files.limit)
        self.recent = HeadAndTail(files.limit)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def readable(self) -> bool:
        """Return no."""
        return False

    def writable(self) -> bool:
        """Return yes."""
        return True

    def seekable(self) -> bool:
        """Return no."""
        return False

    def flush(self) -> None:
        """Do nothing."""

    def isatty(self) -> bool:
        """Return no."""
        return False

    def fileno(self) -> int:
        """Raise the error of a stream without a file."""
        raise io.UnsupportedOperation("fileno")

    def write(self, data: Any, /) -> int:
        """Add bytes."""
        content = bytes(data)
        if self._file is None and not self._note and not self.whole.fits(len(content)):
            self._begin_file()
        if self._file is not None:
            self._write_file(content)
        self.whole.add(content)
        self.recent.add(content)
        if self._copy is not None:
            self._copy(content)
        return len(content)

    def mark(self) -> None:
        """Set the mark."""
        if self.recent.size:
            self.recent = HeadAndTail(self._files.limit)

    def note(self) -> str:
        """Return where the whole output is; empty if nothing is left out."""
        if self._file is not None:
            with suppress(OSError):
                self._file.flush()
        return self._note

    def clear(self) -> None:
        """Forget the bytes."""
        self.whole = HeadAndTail(self._files.limit)
        self.mark()

    def close(self) -> None:
        """Close the file."""
        self.closed = True
        if self._file is not None:
            with suppress(OSError):
                self._file.close()

    def _begin_file(self) -> None:
        try:
            self._file = self._files.create()
            self._note = f"; the whole output is in {self._file.name}"
        except OSError as error:
            self._note = f"; they could not be written to a file: {error}"
            return
        self._write_file(self.whole.content())

    def _write_file(self, content: bytes) -> None:
        try:
            if self._file is not None:
                self._file.write(content)
        except OSError as error:
            self._note = f"; they could not all be written to a file: {error}"
            self._file = None


class CapturedText(io.TextIOWrapper):
    """A stream in place of the `StringIO` in which behave captures output.

    Args:
        files: makes the file for output that is too long.
        copy: takes a copy of the output, in case the process dies.
    """

    def __init__(self, files: OutputFiles, copy: Callable[[bytes], object] | None = None) -> None:
        self._bytes = CappedBytes(files, self._copied if copy is not None else None)
        self._copy = copy
        # A copy has to be complete when the process dies, so it is made at once.
        wrapped: Any = self._bytes
        super().__init__(wrapped, ENCODING, ERRORS, newline="", write_through=copy is not None)

    def getvalue(self) -> str:
        """Return the text, or both its ends."""
        self.flush()
        return self._bytes.whole.text(self._bytes.note())

    def since_mark(self) -> str:
        """Return the text since the last call or the last mark, and set the mark."""
        if not self.write_through:
            self.flush()
        text = self._bytes.recent.text(self._bytes.note())
        self.mark()
        return text

    def mark(self) -> None:
        """Set the mark."""
        if not self.write_through:
            self.flush()
        self._bytes.mark()
        if self._copy is not None and not self.write_through:
            self.reconfigure(write_through=True)

    def truncate(self, size: int | None = None, /) -> int:
        """Forget the text. A part of it cannot be forgotten."""
        if size != 0:
            raise io.UnsupportedOperation("captured output can only be truncated to 0")
        self.flush()
        self._bytes.clear()
        return 0

    def seek(self, cookie: int, whence: int = 0, /) -> int:
        """Accept the beginning, as before or after `truncate`."""
        if (cookie, whence) != (0, 0):
            raise io.UnsupportedOperation("captured output can only be appended to")
        return 0

    def _copied(self, content: bytes) -> None:
        if self._copy is not None:
            self._copy(content)
        if self._bytes.recent.size > WRITE_THROUGH_BYTES and self.write_through:
            # So much output is faster in larger pieces. The copy may then lack the last of them.
            self.reconfigure(write_through=False)
