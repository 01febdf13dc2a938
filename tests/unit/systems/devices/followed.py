"""Objects in memory that can be watched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Self


class Followed:
    """A client and its informers. Call `changed` after every change of the objects."""

    def __init__(self) -> None:
        self.informers = self
        self._wakers: list[Callable[[], None]] = []

    def changed(self) -> None:
        for wake in self._wakers:
            wake()

    def is_running(self, scope: object) -> bool:
        return False

    @contextmanager
    def acquire(self, scope: object) -> Iterator[Self]:
        yield self

    def acquire_named(self, scope: object, name: str) -> AbstractContextManager[Self]:
        return self.acquire(scope)

    @contextmanager
    def on_change(self, wake: Callable[[], None], name: str | None = None) -> Iterator[None]:
        self._wakers.append(wake)
        yield
