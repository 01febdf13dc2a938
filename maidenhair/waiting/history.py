"""The values that a wait saw, with times, and their description."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

EARLIEST = 4
LATEST = 12
LONGEST_CHANGE = 600
LONGEST_LAST = 2000


@dataclass
class _Hold:
    """A time, in seconds from the wait's start, during which the expectation held."""

    begin: float
    end: float


class History:
    """The changes that a wait saw. Of many, it retains the earliest and the latest."""

    def __init__(self) -> None:
        self._last: tuple[str, bool] | None = None
        self._earliest: list[str] = []
        self._latest: deque[str] = deque(maxlen=LATEST)
        self._changes = 0
        self._holds: deque[_Hold] = deque(maxlen=LATEST)

    def add(self, at: float, seen: str, held: bool) -> None:
        """Add a look: when (seconds from the start), what it saw, whether the expectation held."""
        look = (seen, held)
        held_before = self._last is not None and self._last[1]
        if held_before:
            # It held until the look that saw otherwise.
            self._holds[-1].end = at
        elif held:
            self._holds.append(_Hold(at, at))
        if look != self._last:
            change = shorten(seen, LONGEST_CHANGE)
            self._add_line(f"  at {at:6.2f} s: {change}{' (it held)' if held else ''}")
        self._last = look

    def last_seen(self) -> str:
        """Return what the last look saw, shortened if it is very long."""
        return shorten(self._last[0], LONGEST_LAST) if self._last else "nothing"

    def held_since(self) -> float:
        """Return the seconds from the start at which the expectation last began to hold."""
        return self._holds[-1].begin

    def holds(self) -> list[tuple[float, float]]:
        """Return the times at which the expectation held: seconds from the start, and how many."""
        return [(hold.begin, hold.end - hold.begin) for hold in self._holds]

    def changes(self) -> str:
        """Return the changes, one per line, with their times."""
        left_out = self._changes - len(self._earliest) - len(self._latest)
        gap = [f"  … {left_out} changes left out …"] if left_out else []
        return "\n".join([*self._earliest, *gap, *self._latest])

    def _add_line(self, line: str) -> None:
        self._changes += 1
        if len(self._earliest) < EARLIEST:
            self._earliest.append(line)
        else:
            self._latest.append(line)


def shorten(text: str, longest: int) -> str:
    """Leave out the middle of a text that is longer than `longest` characters, and say how much that is."""
    if len(text) <= longest:
        return text
    half = longest // 2
    return f"{text[:half]} … {len(text) - 2 * half:,} characters left out … {text[-half:]}"
