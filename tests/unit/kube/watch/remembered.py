"""A source of values for waits."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

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

    def on_change(self, wake: Callable[[], None]) -> AbstractContextManager[None]:
        return self.listeners.on_change(wake)

    def change(self, value: object) -> None:
        self._value = value
        self.listeners.notify()

    async def has_listeners(self, count: int) -> None:
        """Let other tasks run until `count` waits are listening."""
        async with asyncio.timeout(60):
            while len(self.listeners._wakes) < count:
                await asyncio.sleep(0)
