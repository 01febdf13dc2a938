"""Which unit may run now, beside those that run already."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Mapping, Sequence
from itertools import islice

from maidenhair.engine.planning.specs import Unit

_LOOK_AHEAD = 256
_LAST = 3


class Claims:
    """The locks and shares that the units want which wait, so that a later unit does not delay them."""

    def __init__(self) -> None:
        self._exclusive: set[str] = set()
        self._shared: set[str] = set()
        self._needed: set[str] = set()

    def add(self, unit: Unit) -> None:
        """Add what a unit that waits wants."""
        self._exclusive |= unit.exclusive
        self._shared |= unit.shared
        self._needed |= unit.needs.keys()

    def delayed_by(self, unit: Unit) -> bool:
        """Return whether a unit that runs now takes what the others want. They can share what all of them share."""
        return bool(
            unit.exclusive & (self._exclusive | self._shared)
            or unit.shared & self._exclusive
            or unit.needs.keys() & self._needed
        )


class Scheduler:
    """Hands out units in their order, as locks, budget and @serial allow.

    A unit that has to wait is not overtaken by later ones that take what it wants, so that none starves. Locks that
    both share can be taken.

    Args:
        units: the units in the order of handing out.
        budget: what there is of each named resource; one that is not named has no limit.

    Attributes:
        is_dropped: whether the units that waited were dropped, because the run ends.
    """

    def __init__(self, units: Sequence[Unit], budget: Mapping[str, float]) -> None:
        self._waiting = deque(units)
        self._budget = dict(budget)
        self._running: list[Unit] = []
        self._held: list[Unit] = []
        self._serial_running = 0
        self.is_dropped = False

    @property
    def count(self) -> int:
        """Return the number of units that were not handed out."""
        return len(self._waiting)

    @property
    def waiting(self) -> Sequence[Unit]:
        """Return the units that were not handed out."""
        return tuple(self._waiting)

    def take(self) -> Unit | None:
        """Return the next unit that may run, or None where there is none now."""
        before = Claims()
        for index, unit in enumerate(self._waiting):
            if self._fits(unit) and not before.delayed_by(unit):
                return self._take(index)
            before.add(unit)
        return None

    def take_simple(self, feature: int, others: Collection[int]) -> Unit | None:
        """Return a unit that may run beside any other, of the first ones with equal priority.

        A worker that stays in a feature parses it once, and runs the hooks around it once.

        Args:
            feature: the number of the feature to take from, if it has any.
            others: the features that other workers are in, to take from last.
        """
        if self._serial_running:
            return None
        found, best = -1, _LAST
        for index, unit in enumerate(islice(self._waiting, _LOOK_AHEAD)):
            if unit.priority != self._waiting[0].priority or not unit.simple:
                break
            number = unit.specs[0].id.feature
            rank = 0 if number == feature else 1 + (number in others)
            if rank < best:
                found, best = index, rank
            if best == 0:
                break
        return self._take(found) if found >= 0 else None

    def put_back(self, unit: Unit, rest: Unit | None) -> None:
        """End a unit that was handed out; `rest` of it is to be handed out next."""
        self.done(unit)
        if rest is not None:
            self._waiting.appendleft(rest)

    def hold(self, unit: Unit) -> None:
        """Note that a unit ran, but still needs its locks. What it needs of the budget is free."""
        self._running.remove(unit)
        self._held.append(unit)

    def done(self, unit: Unit) -> None:
        """End a unit that was handed out."""
        (self._held if unit in self._held else self._running).remove(unit)
        self._serial_running -= unit.serial

    def drop(self) -> None:
        """Hand out nothing more."""
        self._waiting.clear()
        self.is_dropped = True

    def _fits(self, unit: Unit) -> bool:
        if self._serial_running:
            return False
        if unit.serial:
            idle = not self._running and not self._held
            return idle and all(other.serial for other in self._waiting)
        locking = [*self._running, *self._held]
        exclusive = {name for other in locking for name in other.exclusive}
        held = exclusive | {name for other in locking for name in other.shared}
        if unit.exclusive & held or unit.shared & exclusive:
            return False
        used: Counter[str] = Counter()
        for other in self._running:
            used.update(other.needs)
        return all(
            # What needs more than there is runs when nobody else uses any of it.
            not used[name] or used[name] + amount <= self._budget.get(name, float("inf"))
            for name, amount in unit.needs.items()
        )

    def _take(self, index: int) -> Unit:
        unit = self._waiting[index]
        del self._waiting[index]
        self._running.append(unit)
        self._serial_running += unit.serial
        return unit
