"""Streams that accept every text: what their encoding lacks is escaped."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from behave.formatter.base import StreamOpener


class EscapingOpener(StreamOpener):  # type: ignore[misc]
    """behave's opener of output files, which escapes what the encoding of the file lacks."""

    stream: TextIO | None

    def open(self) -> TextIO:
        """Open the file, unless it is open."""
        if self.stream is None or self.stream.closed:
            path = Path(self.name)
            path.parent.mkdir(parents=True, exist_ok=True)
            # As behave does, without translating line ends.
            self.stream = path.open(
                "w", encoding=self.encoding, errors="backslashreplace", newline=""
            )
            self.should_close_stream = True
        return self.stream


def escape_unencodable(outputs: Iterable[object]) -> None:
    """Have standard output, standard error and the files of formatters escape what their encodings lack.

    Args:
        outputs: behave's openers of output files.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    for output in outputs:
        if type(output) is StreamOpener:
            output.__class__ = EscapingOpener
