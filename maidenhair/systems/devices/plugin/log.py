"""The log of the plugin: lines on standard output, which specs count."""

from __future__ import annotations

import sys


def log(text: object) -> None:
    """Write a line at once, and in one piece, because threads write at the same time."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
