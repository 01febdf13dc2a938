"""Durations of specs that never ran before, drawn from those of this run so that they show how little is known."""

from __future__ import annotations

import bisect
import math
import random
import statistics
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

LONGEST_TAIL = 20.0
"""How many times longer than all others a spec can be."""
TAIL_SHAPE, TAIL_RATE = 2.0, 1.0
"""The shape of the tail before anything is known: it ends slowly."""
FEW = 2
"""From how many specs of a feature on its own durations count more than those of other features."""
OTHER_FEATURES = 0.6
"""How different features are before anything is known, as the standard deviation of a logarithm."""


class PredictedDurations:
    """A random distribution of durations that fits what was seen. Several of them show how uncertain it is.

    Running specs count with the time that they have taken so far: long specs run more often than they end. With a
    probability that decreases with the number of specs that ended, a duration is longer than any so far.

    Args:
        ended: the seconds that specs took.
        running: the seconds that running specs have taken so far.
        source: the source of random numbers.
    """

    def __init__(
        self, ended: Sequence[float], running: Iterable[float], source: random.Random
    ) -> None:
        self._source = source
        seen = sorted([*((each, True) for each in ended), *((each, False) for each in running)])
        # Random weights, as in the Bayesian bootstrap; the last one is that of all longer durations.
        weights = [source.expovariate(1.0) for _ in range(len(seen) + 1)]
        left, survival = sum(weights), 1.0
        self._values: list[float] = []
        chances: list[float] = []
        for (value, has_ended), weight in zip(seen, weights, strict=False):
            # Kaplan and Meier's estimate: the part of a running spec goes to the longer durations.
            if has_ended:
                self._values.append(value)
                chances.append(survival * weight / left)
                survival -= chances[-1]
            left -= weight
        self._sums = list(accumulate(chances))
        self._longest = seen[-1][0] if seen else 0.0
        self._exponent = self._tail(self._values)

    def draw(self, elapsed: float = 0.0) -> float:
        """Return a duration that is longer than `elapsed` seconds."""
        begin = bisect.bisect_right(self._values, elapsed)
        before = self._sums[begin - 1] if begin else 0.0
        chance = before + self._source.random() * (1.0 - before)
        place = bisect.bisect_left(self._sums, chance, begin)
        if place < len(self._values):
            return self._values[place]
        longer = self._source.paretovariate(self._exponent)
        return max(self._longest, elapsed) * min(LONGEST_TAIL, longer)

    def _tail(self, values: Sequence[float]) -> float:
        """Return an exponent of the tail that fits the longest durations."""
        count = math.isqrt(len(values))
        longest = [each for each in values[-count - 1 :] if each > 0]
        excess = sum(math.log(each / longest[0]) for each in longest)
        shape = TAIL_SHAPE + max(0, len(longest) - 1)
        return self._source.gammavariate(shape, 1.0 / (TAIL_RATE + excess))


class DurationsByFeature:
    """Durations of specs whose features may differ. Those of a feature that has not run yet are like another one's.

    With a probability that decreases with the number of features that ran, they are like those of none.

    Args:
        ended: the seconds that specs took, by feature.
        running: the seconds that running specs have taken so far, by feature.
        source: the source of random numbers.
    """

    def __init__(
        self,
        ended: Mapping[int, Sequence[float]],
        running: Mapping[int, Sequence[float]],
        source: random.Random,
    ) -> None:
        self._ended = ended
        self._running = running
        self._source = source
        self._features = list(ended)
        self._weights = [source.expovariate(1.0) for _ in range(len(ended) + 1)]
        self._spread = _spread_of(ended.values())
        self._made: dict[int | None, PredictedDurations] = {}
        self._like: dict[int, tuple[PredictedDurations, float]] = {}

    def draw(self, feature: int, elapsed: float = 0.0) -> float:
        """Return a duration of a spec of a feature that is longer than `elapsed` seconds."""
        if feature not in self._like:
            self._like[feature] = self._choose(feature)
        durations, scale = self._like[feature]
        return durations.draw(elapsed / scale) * scale

    def _choose(self, feature: int) -> tuple[PredictedDurations, float]:
        known = len(self._ended.get(feature, ()))
        if known and self._source.random() < known / (known + FEW):
            return self._durations(feature), 1.0
        (chosen,) = self._source.choices([*self._features, None], self._weights)
        if chosen is None and len(self._ended) + (feature not in self._ended) > 1:
            return self._durations(None), self._source.lognormvariate(0.0, self._spread)
        return self._durations(chosen), 1.0

    def _durations(self, feature: int | None) -> PredictedDurations:
        """Return the durations of a feature, or of all for None."""
        if feature not in self._made:
            features = self._features if feature is None else [feature]
            ended = [value for each in features for value in self._ended[each]]
            own = self._running if feature is None else (feature,)
            running = [value for each in own for value in self._running.get(each, ())]
            self._made[feature] = PredictedDurations(ended, running, self._source)
        return self._made[feature]


def _spread_of(features: Iterable[Sequence[float]]) -> float:
    """Return how different features are, as the standard deviation of a logarithm."""
    means = [math.log(max(1e-6, statistics.fmean(each))) for each in features]
    middle = statistics.fmean(means)
    deviations = sum((each - middle) ** 2 for each in means)
    return math.sqrt((OTHER_FEATURES**2 + deviations) / (1 + len(means)))
