"""Nodes: their devices, the used parts of the devices, and results that are reused until a node changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from hami_scheduler.device_fit import Demand, Fit, Unfit, fit
from hami_scheduler.handshakes import Looks
from hami_scheduler.neighbours import INSTANCE_TYPE
from hami_scheduler.protocol import cordoned
from hami_scheduler.registration import Quantities
from hami_scheduler.uses import Card, Use
from hami_scheduler.vendors import VENDORS

WEIGHT = 10
MAX_RESULTS = 64


@dataclass(frozen=True)
class State:
    """A node as the API describes it.

    Attributes:
        annotations: the node's annotations.
        capacity: the node's capacity, by resource.
        allocatable: the allocatable quantities, by resource.
        instance: the type of the node's machine; "" if it is not known.
        version: the node's resource version.
    """

    annotations: Mapping[str, str] = field(default_factory=dict)
    capacity: Quantities = field(default_factory=dict)
    allocatable: Quantities = field(default_factory=dict)
    instance: str = ""
    version: str = field(default="", compare=False)


@dataclass
class Node:
    """A node with its devices.

    Attributes:
        name: the node's name.
        state: what the API says of the node.
        use: the used part of each device, by its id. It may contain devices that are not registered now.
        cards: the devices, by device type.
        answers: the annotations to write on the node; None removes an annotation.
    """

    name: str
    state: State = field(default_factory=State)
    use: dict[str, Use] = field(default_factory=dict)
    cards: dict[str, list[Card]] = field(default_factory=dict)
    answers: dict[str, str | None] = field(default_factory=dict)
    _looks: Looks = field(default_factory=Looks)
    _cordons: dict[str, str] = field(default_factory=dict)
    _results: dict[int, tuple[Fit | Unfit, float]] = field(default_factory=dict)

    def update(self, state: State, now: datetime) -> bool:
        """Update what the API says of the node; return whether the devices that fit may have changed."""
        is_same = state == self.state
        self.state = state
        return not is_same and self.look(now)

    def look(self, now: datetime) -> bool:
        """Look at the node's registrations and handshakes; return whether the devices may have changed."""
        state = self.state
        changed = self._looks.look(
            self.name, state.annotations, state.capacity, state.allocatable, now
        )
        self.answers = self._looks.answers
        cordons = {
            each.device_type: state.annotations.get(each.cordon, "")
            for each in VENDORS
            if each.cordon
        }
        if not changed and cordons == self._cordons:
            return False
        self._cordons = cordons
        self.cards = {
            device_type: [
                Card(device, self.use.setdefault(device.id, Use()), device.id in out)
                for device in devices
            ]
            for device_type, devices in self._looks.devices.items()
            for out in [cordoned(cordons.get(device_type, ""))]
        }
        self._results.clear()
        return True

    def change(self, uses: Mapping[str, Use], sign: int) -> None:
        """Add the devices of a pod to the used parts, or subtract them.

        Args:
            uses: the pod's part of each device, by the device's id.
            sign: 1 to add, -1 to subtract.
        """
        for id, use in uses.items():
            self.use.setdefault(id, Use()).count(use, sign)
        self._results.clear()

    def evaluate(self, demand: Demand, key: int) -> tuple[Fit | Unfit, float]:
        """Return a pod's shares on the node, or the reason why it does not fit, and the node's score.

        Args:
            demand: the pod's requests and constraints.
            key: the key of the demand. The result is reused for the same key until the node changes.
        """
        known = self._results.get(key)
        if known is None:
            known = (fit(demand, self.cards, self._traits()), self.score())
            if len(self._results) >= MAX_RESULTS:
                self._results.clear()
            self._results[key] = known
        return known

    def score(self) -> float:
        """Return how full the node's devices are, with HAMi's formula. Higher is fuller."""
        cards = [card for of_vendor in self.cards.values() for card in of_vendor]
        shares = sum(card.device.count for card in cards)
        memory = sum(card.device.memory for card in cards)
        cores = sum(card.device.cores for card in cards)
        if not (shares and memory and cores):
            return 0.0
        return WEIGHT * (
            sum(card.use.shares for card in cards) / shares
            + sum(card.use.memory for card in cards) / memory
            + sum(card.use.cores for card in cards) / cores
        )

    def _traits(self) -> Mapping[str, str]:
        """Return the annotations and the label of the node by which some vendors' devices are chosen."""
        soft = {each.soft_node for each in VENDORS if each.soft_node}
        own = {key: text for key, text in self.state.annotations.items() if key in soft}
        return {**own, INSTANCE_TYPE: self.state.instance}
