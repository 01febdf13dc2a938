"""Waking who waits for anything to change."""

from __future__ import annotations

import asyncio


class News:
    """Tells everybody who waits that something has changed."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def tell(self) -> None:
        """Wake all who wait."""
        self._next.set()
        self._next = asyncio.Event()

    def mark(self) -> asyncio.Event:
        """Return what the next change sets; who takes it before looking misses no change."""
        return self._next

    async def wait(self, seconds: float, mark: asyncio.Event | None = None) -> bool:
        """Wait for a change; return whether there was one within that many seconds.

        Args:
            seconds: how long to wait.
            mark: from when on changes count; from now on by default.
        """
        try:
            await asyncio.wait_for((mark or self._next).wait(), seconds)
        except TimeoutError:
            return False
        return True
