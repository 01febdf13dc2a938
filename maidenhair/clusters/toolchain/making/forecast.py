"""Forecasts of downloads and builds: how long they may take, and what follows."""

from __future__ import annotations

import json
import threading
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from maidenhair.clusters.toolchain.model import Maker
from maidenhair.errors import ToolchainError

FILE = "durations.json"
"""The file of the cache with the seconds of the last download or build of each kind."""
STEP_SECONDS = 10
MINUTES_FROM_SECONDS = 90
LEAST_PART = 0.1
"""The part of the packages that must be compiled before the time for the others is estimated."""


@dataclass(frozen=True)
class Reached:
    """The part of a build that is done.

    Attributes:
        done: the number of compiled packages.
        total: the number of packages to compile.
        seconds: the time since the build began to compile.
    """

    done: int
    total: int
    seconds: float

    @property
    def seconds_left(self) -> float | None:
        """The estimated time for the other packages, at the pace so far; None while too few are compiled."""
        if self.done >= self.total or self.done < LEAST_PART * self.total:
            return None
        return self.seconds * (self.total - self.done) / self.done

    def __str__(self) -> str:
        return f"{self.done} of {self.total} packages"


@runtime_checkable
class Measurable(Protocol):
    """A maker that knows how much of an entry is made."""

    def reached(self, folder: Path) -> Reached | None:
        """Return what `Maker.make` has reached in `folder`; None if unknown."""


class Forecast:
    """Describes what a maker has reached, how long the rest may take, and what its lane makes next.

    A time is shown only if packages of the running build were compiled, or if a build or download of the same kind
    was recorded.

    Args:
        cache: the folder of the cache, which has the durations of earlier builds.
    """

    def __init__(self, cache: Path) -> None:
        self._file = cache / FILE
        self._lock = threading.Lock()
        self._waiting: dict[str, tuple[int, Maker]] = {}
        self._begun: set[str] = set()

    def expect(self, position: int, maker: Maker) -> None:
        """Note that a maker waits in its lane.

        Args:
            position: its place in the order of the lane.
            maker: the maker.
        """
        # The maker itself reports an input that it cannot read.
        with suppress(ToolchainError), self._lock:
            entry = maker.entry()
            first, _ = self._waiting.get(entry, (position, maker))
            if entry not in self._begun:
                self._waiting[entry] = (min(first, position), maker)

    def begin(self, entry: str) -> None:
        """Note that an entry is made now, or that nobody has to make it any more."""
        with self._lock:
            self._begun.add(entry)
            self._waiting.pop(entry, None)

    def end(self, maker: Maker, seconds: float) -> None:
        """Record how long a maker took that made its entry."""
        with self._lock, suppress(OSError):
            # A forecast of the next build is not worth an error.
            known = {**self._durations(), _kind(maker): round(seconds, 1)}
            new = self._file.with_name(f"{FILE}.{uuid.uuid4().hex[:8]}")
            try:
                new.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n")
                new.replace(self._file)
            finally:
                new.unlink(missing_ok=True)

    def describe(self, maker: Maker, reached: Reached | None) -> str:
        """Return a text for the progress line of a running maker.

        For example "1200 of 2850 packages, about 80 s left; next: building CoreDNS 1.13.1 and 2 more, about 100 s".

        Args:
            maker: the maker.
            reached: what it has reached; None if that is unknown.
        """
        durations = self._durations()
        parts = []
        left = None
        if reached is not None:
            left = reached.seconds_left
            parts.append(str(reached))
        if reached is not None and reached.done >= reached.total:
            parts.append("linking")
        elif left is not None:
            parts.append(f"about {rounded(left)} left")
        elif _kind(maker) in durations:
            parts.append(f"{rounded(durations[_kind(maker)])} last time")
        following = self._describe_following(maker.lane, durations)
        return "; ".join(filter(None, [", ".join(parts), following]))

    def _describe_following(self, lane: str, durations: dict[str, float]) -> str:
        with self._lock:
            waiting = sorted(self._waiting.values(), key=lambda each: each[0])
        makers = [maker for _, maker in waiting if maker.lane == lane]
        if not makers:
            return ""
        action = makers[0].action
        text = f"next: {action[0].lower()}{action[1:]}"
        if len(makers) > 1:
            text += f" and {len(makers) - 1} more"
        known = [durations[kind] for kind in map(_kind, makers) if kind in durations]
        # Without one of them, the sum would say too little.
        return f"{text}, about {rounded(sum(known))}" if len(known) == len(makers) else text

    def _durations(self) -> dict[str, float]:
        try:
            found = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def rounded(seconds: float) -> str:
    """Return a duration without false precision: "40 s", "3 min"."""
    if seconds >= MINUTES_FROM_SECONDS:
        return f"{seconds / 60:.0f} min"
    return f"{max(1, round(seconds / STEP_SECONDS)) * STEP_SECONDS} s"


def _kind(maker: Maker) -> str:
    """Return the maker's action without the version, which changes from build to build."""
    return " ".join(word for word in maker.action.split() if not word[0].isdigit())
