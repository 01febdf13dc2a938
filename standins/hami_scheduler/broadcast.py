"""Wake all waiting tasks after a change."""

from __future__ import annotations

import asyncio


class Changes:
    """Wakes all tasks that wait for a change of nodes, pods or quotas."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def notify(self) -> None:
        """Wake all waiting tasks."""
        self._next.set()
        self._next = asyncio.Event()

    def mark(self) -> asyncio.Event:
        """Return an event that the next change sets. Get it before reading the state, to miss no change."""
        return self._next

    async def wait(self, seconds: float, mark: asyncio.Event | None = None) -> bool:
        """Wait for a change; return whether there was one in time.

        Args:
            seconds: the time limit.
            mark: a result of `mark`, after which changes count. Default: changes from now on.
        """
        try:
            await asyncio.wait_for((mark or self._next).wait(), seconds)
        except TimeoutError:
            return False
        return True
