"""Runs work for keys: one call per key at a time, repeated after a failure."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)

FIRST_DELAY = 0.05
LONGEST_DELAY = 30.0
"""Seconds between attempts. FIRST_DELAY doubles with each failure, up to LONGEST_DELAY."""

_log = logging.getLogger(__name__)


class Dispatcher(Generic[Key]):
    """Calls `work(key)` at least once after each `request(key)`.

    Requests for a key during its call lead to one more call after it. A call that raises is repeated
    after a pause, or at once when a new request arrives.
    """

    def __init__(self, work: Callable[[Key], Awaitable[None]], concurrency: int = 8) -> None:
        """Create a dispatcher.

        Args:
            work: the coroutine function to call with each requested key.
            concurrency: the number of calls that may run at the same time.
        """
        self._work = work
        self._slots = asyncio.Semaphore(concurrency)
        self._requests: dict[Key, asyncio.Event] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = False

    def request(self, key: Key) -> None:
        """Request a call for a key. Call it inside the event loop."""
        if self._stopped:
            return
        if key in self._requests:
            self._requests[key].set()
            return
        self._requests[key] = asyncio.Event()
        self._requests[key].set()
        task = asyncio.create_task(self._serve(key), name=f"reconcile {key}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Ignore further requests and cancel all running calls."""
        self._stopped = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def running(self) -> bool:
        """Return whether requests still lead to calls."""
        return not self._stopped

    async def _serve(self, key: Key) -> None:
        requested = self._requests[key]
        failures = 0
        try:
            while requested.is_set():
                requested.clear()
                if await self._attempt(key):
                    failures = 0
                    continue
                failures += 1
                await self._pause(requested, failures)
                requested.set()
        finally:
            # No await since the last check of the event, so no request can be lost here.
            del self._requests[key]

    async def _attempt(self, key: Key) -> bool:
        async with self._slots:
            try:
                await self._work(key)
            except Exception as error:
                _log.warning(
                    "reconciling %s failed and will be repeated: %s", key, _describe(error)
                )
                _log.debug("reconciling %s failed", key, exc_info=True)
                return False
        return True

    async def _pause(self, requested: asyncio.Event, failures: int) -> None:
        delay = min(LONGEST_DELAY, FIRST_DELAY * 2 ** (failures - 1))
        try:
            await asyncio.wait_for(requested.wait(), delay)
        except TimeoutError:
            return


def _describe(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(_describe(each) for each in error.exceptions)
    return f"{type(error).__name__}: {error}"
