"""The values that a wait saw, with times, and their description."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

EARLIEST = 4
LATEST = 12
LONGEST_TEXT = 600


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
        look = (_shortened(seen), held)
        held_before = self._last is not None and self._last[1]
        if held_before:
            # It held until the look that saw otherwise.
            self._holds[-1].end = at
        elif held:
            self._holds.append(_Hold(at, at))
        if look != self._last:
            self._add_line(f"  at {at:6.2f} s: {look[0]}{' (it held)' if held else ''}")
        self._last = look

    def last_seen(self) -> str:
        """Return what the last look saw."""
        return self._last[0] if self._last else "nothing"

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


def _shortened(text: str) -> str:
    if len(text) <= LONGEST_TEXT:
        return text
    half = LONGEST_TEXT // 2
    return f"{text[:half]} … {text[-half:]}"
