"""A source of values for waits."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from maidenhair.kube.watch.scope import Scope
from maidenhair.waiting.sources import Listeners


class Remembered:
    """A source in memory that counts its reads."""

    def __init__(self, value: object) -> None:
        self.reads = 0
        self.was_read = threading.Event()
        self._value = value
        self.listeners = Listeners()

    def read(self) -> object:
        self.reads += 1
        self.was_read.set()
        return self._value

    def on_change(
        self, wake: Callable[[], None], name: str | None = None
    ) -> AbstractContextManager[None]:
        return self.listeners.on_change(wake)

    def get(self, name: str, namespace: str | None = None) -> Any:
        """Return the object of a name, as an informer does."""
        objects: Any = self.read()
        return next((each for each in objects if each["metadata"]["name"] == name), None)

    def change(self, value: object) -> None:
        self._value = value
        self.listeners.notify()

    async def has_listeners(self, count: int) -> None:
        """Let other tasks run until `count` waits are listening."""
        async with asyncio.timeout(60):
            while len(self.listeners._wakes) < count:
                await asyncio.sleep(0)


class RememberedInformers:
    """The informers of a fake client, whose `list` says which objects there are."""

    def __init__(self, objects_of: Callable[[Scope], object]) -> None:
        self._objects_of = objects_of

    def is_running(self, scope: Scope) -> bool:
        return False

    @contextmanager
    def acquire(self, scope: Scope) -> Iterator[Remembered]:
        yield Remembered(self._objects_of(scope))

    def acquire_named(self, scope: Scope, name: str) -> AbstractContextManager[Remembered]:
        return self.acquire(scope)
