"""A terminal: its size, the column of its cursor, and text that fits into a line of it."""

from __future__ import annotations

import os
import re
import unicodedata

from rich.cells import cell_len, get_character_cell_size

_ESCAPE_SEQUENCES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])"
)
_TAB = 8
_INVISIBLE = {"Cf", "Cc", "Cs", "Zl", "Zp"}
# Terminals disagree about the width of what it changes.
_VARIATION_SELECTOR = "\ufe0f"
_USUAL_SIZE = os.terminal_size((80, 24))


class Cursor:
    """The column of a terminal's cursor, computed from the text that is written.

    Attributes:
        column: the column, from 0. If it is the width of the terminal, the next character begins a new line.
    """

    def __init__(self) -> None:
        self.column = 0

    def write(self, text: str, width: int) -> None:
        """Move as the terminal's cursor moves when it shows a text.

        Args:
            text: the text. It may contain escape sequences for colours.
            width: the number of columns.
        """
        _, newline, rest = text.rpartition("\n")
        if newline:
            self.column = 0
        for character in _ESCAPE_SEQUENCES.sub("", rest):
            if character == "\r":
                self.column = 0
            elif character == "\b":
                self.column = max(0, min(self.column, width - 1) - 1)
            elif character == "\t":
                self.column = min(width - 1, (self.column // _TAB + 1) * _TAB)
            else:
                self._advance(get_character_cell_size(character), width)

    def _advance(self, cells: int, width: int) -> None:
        # A wide character that does not fit begins the next line.
        self.column = cells if cells and self.column + cells > width else self.column + cells


def size_of(descriptor: int) -> os.terminal_size:
    """Return the size of a terminal; the usual one if it does not say."""
    try:
        size = os.get_terminal_size(descriptor)
    except OSError:
        return _USUAL_SIZE
    return size if size.columns and size.lines else _USUAL_SIZE


def shorten(text: str, width: int, encoding: str) -> str:
    """Return a text as one line without control characters, cut so that it fits.

    Args:
        text: the text.
        width: the number of columns that it may take.
        encoding: the encoding of the terminal.
    """
    visible = "".join(map(_visible, text)).encode(encoding, "backslashreplace").decode(encoding)
    if cell_len(visible) <= width:
        return visible
    ellipsis = "…" if "…".encode(encoding, "ignore") else "..."
    left = width - len(ellipsis)
    shortened = ""
    for character in visible:
        left -= get_character_cell_size(character)
        if left < 0:
            break
        shortened += character
    return f"{shortened}{ellipsis}"[: max(0, width)]


def _visible(character: str) -> str:
    if character in "\n\t":
        return " "
    hidden = character == _VARIATION_SELECTOR or unicodedata.category(character) in _INVISIBLE
    return "" if hidden else character
