"""What happened to a spec that a reader of its failure wants to know: its waits, and its connections."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

KEPT = 200
"""How many entries of each kind are kept, the latest."""


class Journal:
    """The entries of one spec, by kind, such as "waits"."""

    def __init__(self) -> None:
        self._entries: dict[str, deque[Callable[[], str]]] = {}

    def add(self, kind: str, tell: Callable[[], str]) -> None:
        """Add an entry; `tell` gives its text, when it is asked for."""
        self._entries.setdefault(kind, deque(maxlen=KEPT)).append(tell)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of entries that there are."""
        return tuple(self._entries)

    def told(self, kind: str) -> str:
        """Return the text of the entries of a kind, in order."""
        return "".join(f"{tell()}\n" for tell in self._entries.get(kind, ()))


_CURRENT: ContextVar[Journal | None] = ContextVar("the spec's journal", default=None)


@contextmanager
def kept_in(journal: Journal) -> Iterator[None]:
    """Have what `write_down` is told go into a journal while the context is entered."""
    before = _CURRENT.get()
    _CURRENT.set(journal)
    try:
        yield
    finally:
        _CURRENT.set(before)


def write_down(kind: str, tell: Callable[[], str]) -> None:
    """Add an entry to the journal of the spec that runs; do nothing where none does."""
    journal = _CURRENT.get()
    if journal is not None:
        journal.add(kind, tell)
