"""The time that the rest of a run will take: from earlier durations, and from those of this run."""

from __future__ import annotations

import bisect
import heapq
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence

from maidenhair.engine.planning.ordering import UNKNOWN_SECONDS
from maidenhair.engine.planning.places import SpecId
from maidenhair.engine.planning.specs import Planned, Unit

RATIO_LIMITS = (0.2, 5.0)
"""How much faster or slower a machine may be than it was in earlier runs."""
GOLDEN = 0.618
"""A step through the durations of a sample that reaches short and long ones in turn."""
OVERDUE = 0.25
"""How much longer a spec runs that has taken longer than expected, as a part of its time so far."""


class TimeLeft:
    """Estimates the seconds until the end of a run.

    Args:
        units: the units that run, in the order of handing out.
        durations: seconds that specs took in earlier runs, by key.
        budget: the amount of each named resource.
    """

    def __init__(
        self, units: Sequence[Unit], durations: Mapping[str, float], budget: Mapping[str, float]
    ) -> None:
        self._units = list(units)
        self._budget = budget
        self._left = {spec.id for unit in units for spec in unit.specs}
        known = {spec: durations.get(spec.key) for unit in units for spec in unit.specs}
        self._known = {spec.id: value for spec, value in known.items() if value is not None}
        self._usual = sum(self._known.values()) / len(self._known) if self._known else None
        self._expected = self._took = 0.0
        self._unknown: list[float] = []

    @property
    def specs(self) -> int:
        """Return the number of specs that have not ended."""
        return len(self._left)

    def end(self, spec: Planned, seconds: float | None) -> None:
        """Note that a spec ended.

        Args:
            spec: the spec.
            seconds: how long it took; None if that says nothing about other specs.
        """
        self._left.discard(spec.id)
        if seconds is None:
            return
        if spec.id in self._known:
            self._expected += self._known[spec.id]
            self._took += seconds
        else:
            self._unknown.append(seconds)

    def seconds(self, running: Mapping[SpecId, float], workers: int) -> float:
        """Return the estimate.

        Args:
            running: seconds that the running specs have taken so far.
            workers: the number of workers that run specs at the same time.
        """
        self._units = [unit for unit in self._units if any(s.id in self._left for s in unit.specs)]
        rest = self._rest(running)
        begun = [
            rest[unit] for unit in self._units if any(spec.id in running for spec in unit.specs)
        ]
        free = begun + [0.0] * max(0, workers - len(begun))
        heapq.heapify(free)
        alone = 0.0
        for unit in self._units:
            if any(spec.id in running for spec in unit.specs):
                continue
            if unit.serial:
                alone += rest[unit]
            else:
                heapq.heapreplace(free, free[0] + rest[unit])
        return max([*free, *self._queues(rest)]) + alone

    def _rest(self, running: Mapping[SpecId, float]) -> dict[Unit, float]:
        """Return the expected seconds that each unit still takes."""
        slowest, fastest = max(RATIO_LIMITS), min(RATIO_LIMITS)
        ratio = self._took / self._expected if self._expected else 1.0
        ratio = min(slowest, max(fastest, ratio))
        sample = self._sample(running)
        position = 0.0
        rest = {}
        for unit in self._units:
            rest[unit] = 0.0
            for spec in unit.specs:
                if spec.id not in self._left:
                    continue
                elapsed = running.get(spec.id, 0.0)
                if spec.id in self._known:
                    expected = self._known[spec.id] * ratio
                else:
                    position = (position + GOLDEN) % 1.0
                    longer = sample[bisect.bisect_right(sample, elapsed) :]
                    expected = longer[int(position * len(longer))] if longer else elapsed
                left = expected - elapsed
                rest[unit] += left if left > 0 else elapsed * OVERDUE
        return rest

    def _sample(self, running: Mapping[SpecId, float]) -> list[float]:
        """Return durations that stand for those of specs that never ran before, in order."""
        elapsed = [value for spec, value in running.items() if spec not in self._known]
        if not self._unknown:
            return [self._usual or max([UNKNOWN_SECONDS, *elapsed])]
        # Those that run are long more often than those that ended.
        longest = [value for value in elapsed if value > statistics.fmean(self._unknown)]
        return sorted([*self._unknown, *longest])

    def _queues(self, rest: Mapping[Unit, float]) -> list[float]:
        """Return the seconds for which each lock and each resource is in use."""
        seconds: Counter[str] = Counter()
        for unit, value in rest.items():
            for name in unit.exclusive:
                seconds[f"lock {name}"] += value  # type: ignore[assignment]
            for name, amount in unit.needs.items():
                if amount and name in self._budget:
                    share = min(1.0, amount / self._budget[name]) if self._budget[name] else 1.0
                    seconds[f"resource {name}"] += value * share  # type: ignore[assignment]
        return list(map(float, seconds.values()))
