"""The journal of a spec: its waits and connections, for the reader of its failure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

LATEST_ENTRIES = 200
"""How many entries of each kind a journal retains, the latest ones."""


class Journal:
    """The entries of one spec, by kind, such as "waits"."""

    def __init__(self) -> None:
        self._entries: dict[str, deque[Callable[[], str]]] = {}

    def add(self, kind: str, describe: Callable[[], str]) -> None:
        """Add an entry. `describe` returns its text, and is called when the journal is read."""
        self._entries.setdefault(kind, deque(maxlen=LATEST_ENTRIES)).append(describe)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of the entries."""
        return tuple(self._entries)

    def text(self, kind: str) -> str:
        """Return the text of the entries of a kind, in order."""
        return "".join(f"{describe()}\n" for describe in self._entries.get(kind, ()))


_CURRENT: ContextVar[Journal | None] = ContextVar("the spec's journal", default=None)


@contextmanager
def recorded_in(journal: Journal) -> Iterator[None]:
    """Have `record` add to this journal while the context is entered."""
    before = _CURRENT.get()
    _CURRENT.set(journal)
    try:
        yield
    finally:
        _CURRENT.set(before)


def record(kind: str, describe: Callable[[], str]) -> None:
    """Add an entry to the journal of the running spec. Do nothing outside a spec."""
    journal = _CURRENT.get()
    if journal is not None:
        journal.add(kind, describe)
