"""The time that the rest of a run will take: from earlier durations, and from those of this run.

The rest is tried out many times with random durations that fit what is known. A number is shown only if trials agree.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from maidenhair.engine.output.predicted_durations import DurationsByFeature
from maidenhair.engine.planning.places import SpecId
from maidenhair.engine.planning.specs import Planned, Unit
from maidenhair.engine.text import describe_seconds

RATIO_LIMITS = (0.2, 5.0)
"""How much faster or slower a machine may be than it was in earlier runs."""
SPEED_NOISE = 0.1
"""How different the machine may be, as the standard deviation of a logarithm, while no known spec has ended."""
SPEC_NOISE = 0.1
"""How much the durations of the same spec differ, as the standard deviation of their logarithm."""
FEWEST_TRIALS, MOST_TRIALS, TRIAL_SPECS = 40, 120, 100
"""How many random continuations of a run are compared: the fewer, the more specs are left."""
MOST_UNITS = 1000
"""How many waiting units a trial has."""
UNLIKELY = 0.01
"""The part of the trials that is left out at each end."""
NARROW = 1.9
"""Up to this ratio of the most to the least, a number in the middle is right within a factor of 1.5, with some room."""
WIDE = 5.0
"""Beyond this ratio, nothing is said."""
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
        self._of_earlier_runs: dict[int, list[float]] = {}
        for spec_id, seconds in self._known.items():
            self._of_earlier_runs.setdefault(spec_id.feature, []).append(seconds)
        self._expected = self._took = 0.0
        self._ended = 0
        self._unknown: dict[int, list[float]] = {}

    def describe(self, running: Mapping[SpecId, float], workers: int) -> str:
        """Describe the time until the end, for example "about 5 min". Empty if the durations so far do not tell.

        Args:
            running: seconds that the running specs have taken so far.
            workers: the number of workers that run specs at the same time.
        """
        found = self.between(running, workers)
        if found is None:
            return ""
        least, most = found
        if most <= least * NARROW:
            return f"about {describe_seconds(math.sqrt(least * most))}"
        if most <= least * WIDE:
            return f"{describe_seconds(least)} to {describe_seconds(most)}"
        return ""

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
            self._ended += 1
        else:
            self._unknown.setdefault(spec.id.feature, []).append(seconds)

    def between(self, running: Mapping[SpecId, float], workers: int) -> tuple[float, float] | None:
        """Return the least and the most seconds that the rest probably takes. None if no duration is known yet.

        Args:
            running: seconds that the running specs have taken so far.
            workers: the number of workers that run specs at the same time.
        """
        self._units = [unit for unit in self._units if any(s.id in self._left for s in unit.specs)]
        begun = [unit for unit in self._units if any(spec.id in running for spec in unit.specs)]
        running_units = set(begun)
        waiting = [unit for unit in self._units if unit not in running_units]
        # Of very many units, some stand for all.
        each_for = 1 + len(waiting) // MOST_UNITS
        if not (self._known or self._unknown):
            return None
        # The same numbers each time, so that the estimate changes only with the run.
        source = random.Random(0)
        count = max(FEWEST_TRIALS, MOST_TRIALS // (1 + len(self._left) // TRIAL_SPECS))
        trials = sorted(
            self._trial(begun, waiting[::each_for], each_for, running, workers, source)
            for _ in range(count)
        )
        outside = int(count * UNLIKELY)
        return trials[outside], trials[-1 - outside]

    def _trial(
        self,
        begun: Sequence[Unit],
        waiting: Sequence[Unit],
        each_for: int,
        running: Mapping[SpecId, float],
        workers: int,
        source: random.Random,
    ) -> float:
        """Return the seconds until the end if each spec takes a random time that fits what is known."""
        rest = self._rest([*begun, *waiting], running, source)
        rest |= {unit: rest[unit] * each_for for unit in waiting}
        free = [rest[unit] for unit in begun] + [0.0] * max(0, workers - len(begun))
        heapq.heapify(free)
        alone = 0.0
        for unit in waiting:
            if unit.serial:
                alone += rest[unit]
            else:
                heapq.heapreplace(free, free[0] + rest[unit])
        return max([*free, *self._queues(rest)]) + alone

    def _rest(
        self, units: Iterable[Unit], running: Mapping[SpecId, float], source: random.Random
    ) -> dict[Unit, float]:
        """Return the seconds that each unit still takes in a trial."""
        speed = self._speed(source)
        durations = self._durations(running, source)
        rest = {}
        for unit in units:
            rest[unit] = 0.0
            for spec in unit.specs:
                if spec.id not in self._left:
                    continue
                elapsed = running.get(spec.id, 0.0)
                if spec.id in self._known:
                    noise = source.lognormvariate(0.0, SPEC_NOISE)
                    left = self._known[spec.id] * speed * noise - elapsed
                    rest[unit] += left if left > 0 else elapsed * OVERDUE
                else:
                    rest[unit] += durations.draw(spec.id.feature, elapsed) - elapsed
        return rest

    def _speed(self, source: random.Random) -> float:
        """Return how much slower the machine is than it was in earlier runs."""
        slowest, fastest = max(RATIO_LIMITS), min(RATIO_LIMITS)
        ratio = self._took / self._expected if self._expected else 1.0
        noise = source.lognormvariate(0.0, SPEED_NOISE / math.sqrt(1 + self._ended))
        return min(slowest, max(fastest, ratio)) * noise

    def _durations(
        self, running: Mapping[SpecId, float], source: random.Random
    ) -> DurationsByFeature:
        """Return the durations of specs that never ran before."""
        new: dict[int, list[float]] = {}
        for spec, elapsed in running.items():
            if spec not in self._known:
                new.setdefault(spec.feature, []).append(elapsed)
        # Before one of them ended, those of earlier runs have to do.
        return DurationsByFeature(self._unknown or self._of_earlier_runs, new, source)

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
