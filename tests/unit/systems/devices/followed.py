"""Objects in memory that can be watched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self


class Followed:
    """A client and its informers. Call `changed` after every change of the objects."""

    def __init__(self) -> None:
        self.informers = self
        self._wakers: list[Callable[[], None]] = []

    def changed(self) -> None:
        for wake in self._wakers:
            wake()

    @contextmanager
    def acquire(self, scope: object) -> Iterator[Self]:
        yield self

    @contextmanager
    def on_change(self, wake: Callable[[], None]) -> Iterator[None]:
        self._wakers.append(wake)
        yield
