"""Behave's capture of output, with a limit for the output that stays in memory."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from logging import LogRecord
from typing import Any

from behave.capture import NO_CAPTURED_DATA, CaptureController, Captured
from behave.log_capture import LoggingCapture

from maidenhair.engine.capture.captured_text import CapturedText
from maidenhair.engine.capture.output_files import OutputFiles
from maidenhair.engine.model import Config

RECORDS = 1000
"""The number of log records that stay at each end."""


class CappedController(CaptureController):  # type: ignore[misc]
    """Behave's capture of a spec. It does not copy the whole output after each step."""

    def make_captured_delta(self, failed: bool | None = None, name: str | None = None) -> Any:
        """Return the output since the last call."""
        config = self.config
        captured = Captured(
            _since_mark(self.capture_stdout) if config.capture_stdout else "",
            _since_mark(self.capture_stderr) if config.capture_stderr else "",
            _since_mark(self.capture_log) if config.capture_log else "",
            name=name if name is not None else self.name,
            failed=failed,
        )
        return captured if captured.has_output() else NO_CAPTURED_DATA

    def update_delta_bookmark(self) -> None:
        """Leave the output so far out of the next delta."""
        for stream in (self.capture_stdout, self.capture_stderr, self.capture_log):
            if stream is not None:
                stream.mark()


class CappedLog(LoggingCapture):  # type: ignore[misc]
    """Behave's capture of log messages, of which the first and the last stay."""

    files: OutputFiles
    old_level: int | None

    def __init__(self, config: Config, level: int | None = None) -> None:
        super().__init__(config, level)
        self._text: CapturedText | None = None

    def inveigle(self) -> None:
        """Begin to capture as behave does, but set no level that is there: that would clear a cache of all loggers."""
        root = logging.getLogger()
        if self.config.logging_clear_handlers or root.level != self.level:
            super().inveigle()
            return
        for handler in root.handlers[:]:
            if isinstance(handler, LoggingCapture):
                root.handlers.remove(handler)
        root.addHandler(self)
        self.old_level = root.level

    def abandon(self) -> None:
        """End the capture, and restore the level if it is another one now."""
        if self.old_level == logging.getLogger().level:
            self.old_level = None
        super().abandon()

    def emit(self, record: LogRecord) -> None:
        """Add a message."""
        try:
            line = self.format(record)
        except Exception:  # anything that an argument of the message raises
            self.handleError(record)
            return
        if self._text is None:
            self._text = CapturedText(self.files)
        else:
            line = f"\n{line}"
        self._text.write(line)
        self.buffer.append(record)
        if len(self.buffer) > 4 * RECORDS:
            del self.buffer[RECORDS:-RECORDS]

    def getvalue(self) -> str:
        """Return the messages."""
        return self._text.getvalue() if self._text is not None else ""

    def since_mark(self) -> str:
        """Return the messages since the last call or the last mark, and set the mark."""
        return self._text.since_mark() if self._text is not None else ""

    def mark(self) -> None:
        """Set the mark."""
        if self._text is not None:
            self._text.mark()

    def truncate(self) -> None:
        """Forget the messages."""
        self.buffer.clear()
        self._text = None

    clear_buffer = truncate


@contextmanager
def capped_capture(
    files: OutputFiles, copy: Callable[[bytes], object] | None = None
) -> Iterator[None]:
    """Have behave capture output with a limit while the context is entered.

    Args:
        files: makes the files for output that is too long.
        copy: takes a copy of the output, in case the process dies.
    """
    # behave offers no seam here; it looks both names up at every capture.
    module = sys.modules["behave.capture"]
    plain = {name: getattr(module, name) for name in ("StringIO", "LoggingCapture")}
    vars(module)["StringIO"] = lambda: CapturedText(files, copy)
    vars(module)["LoggingCapture"] = type("CappedLog", (CappedLog,), {"files": files})
    try:
        yield
    finally:
        vars(module).update(plain)


def _since_mark(stream: CapturedText | CappedLog | None) -> str:
    return stream.since_mark() if stream is not None else ""
