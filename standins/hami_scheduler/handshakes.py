"""Answering the plugins of nodes, so that they and the scheduler know of each other that they live."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from hami_scheduler.allocations import Ledger
from hami_scheduler.api import Api, ApiError
from hami_scheduler.nodes import registration
from hami_scheduler.protocol import DELETED, REQUESTING, requesting
from hami_scheduler.vendors import VENDORS

LOG = logging.getLogger(__name__)
PERIOD = 30.0
"""Seconds after which all nodes are looked at again, for answers that did not arrive."""
AT_ONCE = 8


def answers(annotations: Mapping[str, str], now: datetime) -> dict[str, str | None]:
    """Return the annotations by which the scheduler answers the plugins of a node; empty where all are answered."""
    found: dict[str, str | None] = {}
    for vendor in VENDORS:
        told = annotations.get(vendor.handshake, "")
        if (
            told
            and registration(annotations, vendor)
            and not told.startswith((REQUESTING, DELETED))
        ):
            found[vendor.handshake] = requesting(now)
    return found


def traces(annotations: Mapping[str, str]) -> dict[str, str | None]:
    """Return how to remove the answers of a scheduler from a node; empty where there are none."""
    return {
        vendor.handshake: None
        for vendor in VENDORS
        if annotations.get(vendor.handshake, "").startswith(REQUESTING)
    }


class Handshakes:
    """Answers plugins as soon as they report, once each."""

    def __init__(self, api: Api, ledger: Ledger) -> None:
        """Make it; nothing is answered before `run`."""
        self._api = api
        self._ledger = ledger
        self._waiting: set[str] = set()
        self._queue: asyncio.Queue[str] = asyncio.Queue()

    def look_at(self, names: Iterable[str]) -> None:
        """Answer the plugins of nodes, soon, where they wait for it."""
        for name in names:
            node = self._ledger.nodes.get(name)
            is_asked = node is not None and answers(node.annotations, datetime.now(UTC))
            if is_asked and name not in self._waiting:
                self._waiting.add(name)
                self._queue.put_nowait(name)

    async def run(self) -> None:
        """Answer, until cancelled."""
        await asyncio.gather(self._look_again(), *(self._answer() for _ in range(AT_ONCE)))

    async def _look_again(self) -> None:
        while True:
            await asyncio.sleep(PERIOD)
            self.look_at(list(self._ledger.nodes))

    async def _answer(self) -> None:
        while True:
            name = await self._queue.get()
            self._waiting.discard(name)
            node = self._ledger.nodes.get(name)
            answer = {} if node is None else answers(node.annotations, datetime.now(UTC))
            if node is None or not answer:
                continue
            try:
                await self._api.annotate_node(name, answer, node.version)
            except ApiError as error:
                # A conflict means that there is news of the node, with which it is looked at again.
                if not error.is_conflict:
                    LOG.info("%s", error)
