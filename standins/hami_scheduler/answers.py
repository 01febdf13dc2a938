"""Write the scheduler's answers to device plugins on nodes, and look at all nodes from time to time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from hami_scheduler.allocations import Ledger
from hami_scheduler.api import Api, ApiError

LOG = logging.getLogger(__name__)
PERIOD = 15.0
"""Seconds between two looks at all nodes."""
AT_ONCE = 8


class Answers:
    """Writes the answers of nodes, each once, without delay."""

    def __init__(self, api: Api, ledger: Ledger, on_change: Callable[[], None]) -> None:
        """Create the task. It writes while `run` runs.

        Args:
            api: the API.
            ledger: the nodes.
            on_change: is called when a look has changed the known devices.
        """
        self._api = api
        self._ledger = ledger
        self._on_change = on_change
        self._waiting: set[str] = set()
        self._queue: asyncio.Queue[str] = asyncio.Queue()

    def check(self, names: Iterable[str]) -> None:
        """Queue the nodes that have answers to write.

        Args:
            names: the names of the nodes to check.
        """
        for name in names:
            node = self._ledger.nodes.get(name)
            if node is not None and node.answers and name not in self._waiting:
                self._waiting.add(name)
                self._queue.put_nowait(name)

    async def run(self) -> None:
        """Write the answers of queued nodes until the task is cancelled."""
        await asyncio.gather(self._look_at_all(), *(self._write() for _ in range(AT_ONCE)))

    async def _look_at_all(self) -> None:
        while True:
            await asyncio.sleep(PERIOD)
            now = datetime.now(UTC)
            looks = [node.look(now) for node in self._ledger.nodes.values()]
            if any(looks):
                self._on_change()
            self.check(list(self._ledger.nodes))

    async def _write(self) -> None:
        while True:
            name = await self._queue.get()
            self._waiting.discard(name)
            node = self._ledger.nodes.get(name)
            if node is None or not node.answers:
                continue
            answers, node.answers = node.answers, {}
            try:
                await self._api.annotate_node(name, answers, node.state.version)
            except ApiError as error:
                # After a conflict the watch delivers the changed node, which is then looked at again.
                if not error.is_conflict:
                    LOG.info("%s", error)
