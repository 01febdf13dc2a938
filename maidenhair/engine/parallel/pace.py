"""How many units a worker gets ahead of time."""

from __future__ import annotations

AHEAD_SECONDS = 0.1
MOST_AHEAD = 64
PAUSE_SECONDS = 0.01
_WEIGHT = 0.1


class Pace:
    """Estimates the duration of the next specs, from those that ended."""

    def __init__(self) -> None:
        self._seconds = AHEAD_SECONDS

    @property
    def pause(self) -> float:
        """Return the seconds to let messages gather: none while specs are long."""
        return PAUSE_SECONDS if 4 * self._seconds < PAUSE_SECONDS else 0.0

    def add(self, seconds: float) -> None:
        """Add the duration of a spec."""
        self._seconds += _WEIGHT * (seconds - self._seconds)

    def units_ahead(self, waiting: int, workers: int) -> int:
        """Return how many units a worker may have, the running one included.

        Args:
            waiting: the number of units that no worker has.
            workers: the number of workers.
        """
        fair = waiting // (4 * max(1, workers))
        return max(1, min(MOST_AHEAD, fair, int(AHEAD_SECONDS / max(self._seconds, 1e-4))))
