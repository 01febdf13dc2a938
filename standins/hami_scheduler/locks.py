"""The lock of a node, which a pod holds from its binding until its containers have their devices."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hami_scheduler.api import Api, ApiError
from hami_scheduler.broadcast import Changes
from hami_scheduler.protocol import LOCK, FormatError, Lock, lock, lock_text
from hami_scheduler.requests import Object

ATTEMPTS = 5


class LockedError(Exception):
    """Another pod holds the lock of a node."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Locks:
    """Takes and releases the locks of nodes.

    Attributes:
        api: the API. The locks are annotations of nodes.
        changes: wakes tasks that wait for a lock when a node has changed.
        expiry: the age at which a lock expires.
        patience: seconds to wait for a lock of another pod.
        now: returns the current time.
    """

    api: Api
    changes: Changes
    expiry: timedelta = timedelta(minutes=5)
    patience: float = 1.0
    now: Callable[[], datetime] = _now
    _queues: dict[str, asyncio.Lock] = field(default_factory=dict)

    def queue(self, node: str) -> AbstractAsyncContextManager[object]:
        """Return a lock of this process for a node, so that bindings to the same node do not disturb each other."""
        return self._queues.setdefault(node, asyncio.Lock())

    async def take(self, node: str, pod: Object) -> None:
        """Lock a node for a pod.

        Raises:
            LockedError: another pod held the lock for all of `patience`.
            ApiError: the node does not exist, or the API server did not answer.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.patience
        while True:
            mark = self.changes.mark()
            if await self._try(node, pod):
                return
            left = deadline - loop.time()
            if left <= 0 or not await self.changes.wait(left, mark):
                minutes = int(self.expiry.total_seconds()) // 60
                seconds = int(self.expiry.total_seconds()) % 60
                raise LockedError(f"node {node} has been locked within {minutes}m{seconds}s")

    async def release(self, node: str, pod: Object) -> None:
        """Release a node's lock if this pod holds it.

        Raises:
            ApiError: the API server did not answer, or refused a request.
        """
        for _ in range(ATTEMPTS):
            current = await self.api.node(node)
            held = None if current is None else _held(current)
            if current is None or held is None or not _is_of(held, pod):
                return
            if await self._write(current, None):
                return

    async def _try(self, node: str, pod: Object) -> bool:
        for _ in range(ATTEMPTS):
            current = await self.api.node(node)
            if current is None:
                raise ApiError(f"lock node {node}", 404, "there is no such node")
            held = _held(current)
            if held is not None and not await self._is_free(held, pod):
                return False
            metadata = pod["metadata"]
            text = lock_text(self.now(), metadata["namespace"], metadata["name"])
            if await self._write(current, text):
                return True
        return False

    async def _is_free(self, held: Lock, pod: Object) -> bool:
        if self.now() - held.taken > self.expiry or _is_of(held, pod):
            return True
        return bool(held.name) and await self.api.pod(held.namespace, held.name) is None

    async def _write(self, node: Object, text: str | None) -> bool:
        """Write the lock of a node; return False if the node was changed after it was read."""
        metadata = node["metadata"]
        try:
            await self.api.annotate_node(
                metadata["name"], {LOCK: text}, metadata["resourceVersion"]
            )
        except ApiError as error:
            if error.is_conflict:
                return False
            raise
        return True


def _held(node: Object) -> Lock | None:
    text = (node["metadata"].get("annotations") or {}).get(LOCK)
    if not text:
        return None
    try:
        return lock(str(text))
    except FormatError:
        return None  # A malformed lock belongs to no pod, so it would never be released.


def _is_of(held: Lock, pod: Object) -> bool:
    metadata = pod["metadata"]
    return (held.namespace, held.name) == (metadata["namespace"], metadata["name"])
