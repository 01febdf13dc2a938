"""Answer the handshakes of device plugins, by which plugin and scheduler see that the other one runs."""

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
"""Seconds between two checks of all nodes, which repeat failed answers."""
AT_ONCE = 8


def answers(annotations: Mapping[str, str], now: datetime) -> dict[str, str | None]:
    """Return the annotations that answer the plugins of a node; empty if all are answered.

    Args:
        annotations: the node's annotations.
        now: the time of the answer, with a zone.
    """
    found: dict[str, str | None] = {}
    for vendor in VENDORS:
        handshake = annotations.get(vendor.handshake, "")
        if (
            handshake
            and registration(annotations, vendor)
            and not handshake.startswith((REQUESTING, DELETED))
        ):
            found[vendor.handshake] = requesting(now)
    return found


def removal_of_answers(annotations: Mapping[str, str]) -> dict[str, str | None]:
    """Return the annotations that remove a scheduler's answers from a node; empty if there are none."""
    return {
        vendor.handshake: None
        for vendor in VENDORS
        if annotations.get(vendor.handshake, "").startswith(REQUESTING)
    }


class Handshakes:
    """Answers each report of a plugin once, without delay."""

    def __init__(self, api: Api, ledger: Ledger) -> None:
        """Create the task. It answers while `run` runs.

        Args:
            api: the API.
            ledger: the nodes.
        """
        self._api = api
        self._ledger = ledger
        self._waiting: set[str] = set()
        self._queue: asyncio.Queue[str] = asyncio.Queue()

    def check(self, names: Iterable[str]) -> None:
        """Queue the nodes whose plugins wait for an answer.

        Args:
            names: the names of the nodes to check.
        """
        for name in names:
            node = self._ledger.nodes.get(name)
            needs_answer = node is not None and answers(node.annotations, datetime.now(UTC))
            if needs_answer and name not in self._waiting:
                self._waiting.add(name)
                self._queue.put_nowait(name)

    async def run(self) -> None:
        """Answer the plugins of queued nodes until the task is cancelled."""
        await asyncio.gather(self._check_all(), *(self._answer() for _ in range(AT_ONCE)))

    async def _check_all(self) -> None:
        while True:
            await asyncio.sleep(PERIOD)
            self.check(list(self._ledger.nodes))

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
                # After a conflict the watch delivers the changed node, which is then checked again.
                if not error.is_conflict:
                    LOG.info("%s", error)
