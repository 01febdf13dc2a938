"""Durations and errors as text for the messages of a run."""

from __future__ import annotations

import re

# What XML 1.0 does not allow, and control characters, which readers do not show.
_NOT_SHOWN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufddf\ufffe\uffff"
    + "".join(
        f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000)
    )
    + "]"
)


def describe_seconds(seconds: float) -> str:
    """Return a duration, such as "0.4 s", "12 s", "2 min 3 s" or "1 h 5 min".

    Args:
        seconds: the duration.
    """
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def first_lines(text: str, count: int) -> list[str]:
    """Return the first lines of a text that are not empty, without white space at their ends.

    Args:
        text: the text.
        count: how many lines at most. If there are more, the last one is "…".
    """
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    return lines if len(lines) <= count else [*lines[: count - 1], "…"]


def escape(text: str) -> str:
    """Return a text with control characters, and others that XML does not allow, escaped as Python does.

    Example:
        >>> escape("red: \x1b[31m")
        'red: \\x1b[31m'
    """
    return _NOT_SHOWN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
