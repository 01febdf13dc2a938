"""Nodes: their devices, the used parts of the devices, and results that are reused until a node changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hami_scheduler.device_fit import Card, Demand, Fit, Unfit, Use, fit
from hami_scheduler.protocol import CORDON, DELETED, FormatError, cordoned, devices, requested_at
from hami_scheduler.vendors import VENDORS, Vendor

PATIENCE = timedelta(minutes=5)
"""The time after which the devices of a plugin that does not answer the scheduler's handshake are unavailable."""
WEIGHT = 10
MAX_RESULTS = 64


@dataclass
class Node:
    """A node with its devices.

    Attributes:
        name: the node's name.
        annotations: the node's annotations of HAMi's protocol.
        version: the node's resource version.
        use: the used part of each device, by its id. It may contain devices that are not registered now.
        cards: the devices, by device type.
        problems: the errors in malformed annotations.
    """

    name: str
    annotations: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    use: dict[str, Use] = field(default_factory=dict)
    cards: dict[str, list[Card]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    _expiries: dict[str, datetime] = field(default_factory=dict)
    _expired: frozenset[str] = frozenset()
    _results: dict[int, tuple[Fit | Unfit, float]] = field(default_factory=dict)

    def register(self, annotations: Mapping[str, str]) -> bool:
        """Update the node's annotations; return whether the devices that fit may have changed.

        Args:
            annotations: the node's annotations of HAMi's protocol.
        """
        before = (self._relevant(), self._expiries)
        is_new = not self.annotations
        self.annotations = annotations
        self._expiries = _expiries(annotations)
        if before == (self._relevant(), self._expiries) and not is_new:
            return False
        self.cards, self.problems = {}, []
        self._expired = frozenset()
        out = cordoned(annotations.get(CORDON, ""))
        for vendor in VENDORS:
            try:
                registered = devices(registration(annotations, vendor) or "[]")
            except FormatError as error:
                self.problems.append(str(error))
                continue
            if registered and not _is_deleted(annotations, vendor):
                self.cards[vendor.device_type] = [
                    Card(each, self.use.setdefault(each.id, Use()), each.id in out)
                    for each in registered
                ]
        self._results.clear()
        return True

    def change(self, uses: Mapping[str, Use], sign: int) -> None:
        """Add the devices of a pod to the used parts, or subtract them.

        Args:
            uses: the pod's part of each device, by the device's id.
            sign: 1 to add, -1 to subtract.
        """
        for id, use in uses.items():
            own = self.use.setdefault(id, Use())
            own.shares += sign * use.shares
            own.memory += sign * use.memory
            own.cores += sign * use.cores
        self._results.clear()

    def evaluate(self, demand: Demand, key: int, now: datetime) -> tuple[Fit | Unfit, float]:
        """Return a pod's shares on the node, or the reason why it does not fit, and the node's score.

        Args:
            demand: the pod's requests and constraints.
            key: the key of the demand. The result is reused for the same key until the node changes.
            now: the current time, for expired handshakes.
        """
        if self._expiries:
            self._expire(now)
        known = self._results.get(key)
        if known is None:
            known = (fit(demand, self.available), self.score())
            if len(self._results) >= MAX_RESULTS:
                self._results.clear()
            self._results[key] = known
        return known

    @property
    def available(self) -> dict[str, list[Card]]:
        """The devices whose plugin answered handshakes at the last `evaluate`, by device type."""
        if not self._expired:
            return self.cards
        return {
            device_type: cards
            for device_type, cards in self.cards.items()
            if device_type not in self._expired
        }

    def score(self) -> float:
        """Return how full the node's devices are, with HAMi's formula. Higher is fuller."""
        cards = [card for of_vendor in self.available.values() for card in of_vendor]
        shares = sum(card.device.count for card in cards) or 1
        memory = sum(card.device.memory for card in cards) or 1
        cores = sum(card.device.cores for card in cards) or 1
        return WEIGHT * (
            sum(card.use.shares for card in cards) / shares
            + sum(card.use.memory for card in cards) / memory
            + sum(card.use.cores for card in cards) / cores
        )

    def _relevant(self) -> tuple[str | None, ...]:
        deleted = (str(_is_deleted(self.annotations, vendor)) for vendor in VENDORS)
        registered = (registration(self.annotations, vendor) for vendor in VENDORS)
        return (self.annotations.get(CORDON), *deleted, *registered)

    def _expire(self, now: datetime) -> None:
        expired = frozenset(
            device_type for device_type, time in self._expiries.items() if now >= time
        )
        if expired != self._expired:
            self._expired = expired
            self._results.clear()


def registration(annotations: Mapping[str, str], vendor: Vendor) -> str | None:
    """Return the annotation that registers a vendor's devices; None if the node registers none."""
    return next((annotations[key] for key in vendor.register if annotations.get(key)), None)


def _is_deleted(annotations: Mapping[str, str], vendor: Vendor) -> bool:
    return annotations.get(vendor.handshake, "").startswith(DELETED)


def _expiries(annotations: Mapping[str, str]) -> dict[str, datetime]:
    found = {}
    for vendor in VENDORS:
        time = requested_at(annotations.get(vendor.handshake, ""))
        if time is not None:
            found[vendor.device_type] = time + PATIENCE
    return found
