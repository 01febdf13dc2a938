"""Functions of a suite that change what specs say before it leaves them, for example to redact secrets."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, TextIO

from maidenhair.engine.capture.tracebacks import frames_of
from maidenhair.errors import ConfigurationError

TextFilter = Callable[[str], str]
_BLANK = frozenset(" \t\r\n")


def add_text_filter(context: Any, function: TextFilter) -> None:
    """Have a function change every text of specs and hooks before it leaves their process.

    The texts are errors, tracebacks, captured output, attachments, and what hooks print. Reports, run events and the
    terminal get only the changed texts. Binary attachments that contain text which the function would change are
    withheld. If the function raises an exception, the text is withheld, and a sentence in its place says so.

    Args:
        context: the context of the hook `before_run` or `before_all`. Workers run `before_all` only.
        function: takes a text, returns the text to report. It is called only where there is a text, possibly in
            several threads at once.

    Raises:
        ConfigurationError: the run does not use the engine.

    Example:
        >>> def before_all(context):
        ...     add_text_filter(context, lambda text: text.replace("hunter2", "…"))
    """
    filters = getattr(getattr(context, "_runner", None), "filters", None)
    if not isinstance(filters, TextFilters):
        raise ConfigurationError(
            'add_text_filter needs the engine; set runner = "maidenhair:Runner" in [tool.behave]'
        )
    filters.add(function)


class TextFilters:
    """The text filters of a process. False while there are none."""

    def __init__(self) -> None:
        self._functions: list[TextFilter] = []
        self._running = threading.local()

    def __bool__(self) -> bool:
        return bool(self._functions)

    def add(self, function: TextFilter) -> None:
        """Add a filter, unless it is there."""
        if function not in self._functions:
            self._functions.append(function)

    def text(self, text: str) -> str:
        """Return a text as all filters change it, or the reason why it is withheld."""
        if not self._functions or _BLANK.issuperset(text) or self._is_running:
            return text
        self._running.now = True
        try:
            for function in self._functions:
                text = _filtered(function, text)
        finally:
            self._running.now = False
        return text

    def text_or_none(self, text: str | None) -> str | None:
        """Return a text as `text` does, and None for None."""
        return text if text is None else self.text(text)

    def value(self, value: Any) -> Any:
        """Return a plain value with all texts and bytes in it filtered. Bytes that are no text may be withheld."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, bytes):
            return self.data(value)
        if type(value) in (list, tuple):
            return type(value)(map(self.value, value))
        if type(value) is dict:
            return {self.value(key): self.value(each) for key, each in value.items()}
        return value

    def data(self, data: bytes) -> bytes:
        """Return data as `text` does. Bytes that are no text are withheld if they contain text that would change."""
        # Undecodable bytes become lone surrogates, which are encoded as the same bytes again.
        before = data.decode("utf-8", "surrogateescape")
        after = self.text(before)
        if after == before:
            return data
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            return b"Data withheld: they contain text that a text filter of the suite removes."
        return after.encode("utf-8", "surrogateescape")

    @property
    def _is_running(self) -> bool:
        """Whether this thread runs a filter, which may print."""
        return getattr(self._running, "now", False)


@contextmanager
def filtered_streams(filters: TextFilters) -> Iterator[None]:
    """Have texts that are printed go through the filters, as far as there are any, while the context is entered.

    Objects that refer to the standard streams, such as formatters, write to them as before.
    """
    with ExitStack() as stack:
        for name in ("stdout", "stderr"):
            stream = getattr(sys, name)
            if isinstance(stream, io.TextIOWrapper):
                setattr(sys, name, _FilteredStream(stream, filters))
                stack.callback(setattr, sys, name, stream)
        yield


class _FilteredStream(io.TextIOWrapper):
    """A standard stream whose text is filtered."""

    def __init__(self, stream: TextIO, filters: TextFilters) -> None:
        super().__init__(stream.buffer, stream.encoding, stream.errors, line_buffering=True)
        vars(self)["mode"] = stream.mode
        self._stream = stream
        self._filters = filters

    def write(self, text: str) -> int:
        """Write the filtered text. It is written at once, because others write to the same stream."""
        self._stream.write(self._filters.text(text) if self._filters else text)
        return len(text)

    def flush(self) -> None:
        """Flush the stream."""
        self._stream.flush()

    def close(self) -> None:
        """Leave the stream open, because it has other users."""


def _filtered(function: TextFilter, text: str) -> str:
    try:
        filtered = function(text)
    except Exception as error:  # anything that a function of the suite's raises
        frames = frames_of(error.__traceback__)
        place = f" at {frames[-1].filename}:{frames[-1].line}" if frames else ""
        # The text of the error may contain what the filter would have removed.
        return f"Text withheld: a text filter of the suite raised {type(error).__name__}{place}."
    if type(filtered) is not str:
        kind = type(filtered).__name__
        return f"Text withheld: a text filter of the suite returned {kind} instead of str."
    return filtered
