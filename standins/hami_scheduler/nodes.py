"""What is known of nodes: their devices, what is in use of them, and what was found out about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hami_scheduler.device_fit import Card, Fit, Question, Unfit, Use, fit
from hami_scheduler.protocol import CORDON, DELETED, FormatError, cordoned, devices, requested_at
from hami_scheduler.vendors import VENDORS, Vendor

PATIENCE = timedelta(minutes=5)
"""How long a plugin may leave the scheduler's handshake unanswered before its devices are unavailable."""
WEIGHT = 10
MOST_ANSWERS = 64


@dataclass
class Node:
    """A node, from what its annotations say and from what its pods have.

    Attributes:
        name: the node's name.
        annotations: those of it that have to do with devices.
        version: the resource version that they are of.
        use: what is in use of its devices, by their ids; also of devices that it does not register now.
        cards: its devices, by the vendor's word.
        problems: what of its annotations cannot be read.
    """

    name: str
    annotations: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    use: dict[str, Use] = field(default_factory=dict)
    cards: dict[str, list[Card]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    _expiries: dict[str, datetime] = field(default_factory=dict)
    _expired: frozenset[str] = frozenset()
    _answers: dict[int, tuple[Fit | Unfit, float]] = field(default_factory=dict)

    def register(self, annotations: Mapping[str, str]) -> bool:
        """Take what the node's annotations say now; return whether it changes what fits.

        Args:
            annotations: those that have to do with devices.
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
                self.cards[vendor.word] = [
                    Card(each, self.use.setdefault(each.id, Use()), each.id in out)
                    for each in registered
                ]
        self._answers.clear()
        return True

    def change(self, uses: Mapping[str, Use], sign: int) -> None:
        """Count what a pod takes (sign 1) or gives back (sign -1) of the node's devices."""
        for id, use in uses.items():
            own = self.use.setdefault(id, Use())
            own.shares += sign * use.shares
            own.memory += sign * use.memory
            own.cores += sign * use.cores
        self._answers.clear()

    def answer(self, question: Question, number: int, now: datetime) -> tuple[Fit | Unfit, float]:
        """Return what a pod gets here, or why it does not fit, and how full the node is.

        Args:
            question: what is asked.
            number: the question's own, by which the answer is kept until the node changes.
            now: by which handshakes are too old.
        """
        if self._expiries:
            self._expire(now)
        known = self._answers.get(number)
        if known is None:
            known = (fit(question, self.available), self.score())
            if len(self._answers) >= MOST_ANSWERS:
                self._answers.clear()
            self._answers[number] = known
        return known

    @property
    def available(self) -> dict[str, list[Card]]:
        """The devices whose plugin lives, by the vendor's word, as of the last answer."""
        if not self._expired:
            return self.cards
        return {word: cards for word, cards in self.cards.items() if word not in self._expired}

    def score(self) -> float:
        """Return how full the node's devices are together, as HAMi scores it."""
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
        expired = frozenset(word for word, time in self._expiries.items() if now >= time)
        if expired != self._expired:
            self._expired = expired
            self._answers.clear()


def registration(annotations: Mapping[str, str], vendor: Vendor) -> str | None:
    """Return the text by which a node registers a vendor's devices, None where it registers none."""
    return next((annotations[key] for key in vendor.register if annotations.get(key)), None)


def _is_deleted(annotations: Mapping[str, str], vendor: Vendor) -> bool:
    return annotations.get(vendor.handshake, "").startswith(DELETED)


def _expiries(annotations: Mapping[str, str]) -> dict[str, datetime]:
    found = {}
    for vendor in VENDORS:
        time = requested_at(annotations.get(vendor.handshake, ""))
        if time is not None:
            found[vendor.word] = time + PATIENCE
    return found
