"""The lock of a node, which a pod holds from its binding until its containers have their devices."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hami_scheduler.api import Api, ApiError
from hami_scheduler.broadcast import Changes
from hami_scheduler.protocol import LOCK, POD_GROUP, FormatError, Lock, lock, lock_text
from hami_scheduler.requests import Object, requests_of

ATTEMPTS = 5
OTHER_EXPIRY = timedelta(minutes=2)
"""The age at which the locks of vendors with a lock of their own expire."""


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
        patience: seconds that a member of a PodGroup waits for a lock of another pod. Other pods do not wait.
        now: returns the current time.
    """

    api: Api
    changes: Changes
    expiry: timedelta = timedelta(minutes=5)
    patience: float = 28.0
    now: Callable[[], datetime] = _now
    _queues: dict[str, asyncio.Lock] = field(default_factory=dict)

    def queue(self, node: str) -> AbstractAsyncContextManager[object]:
        """Return a lock of this process for a node, so that bindings to the same node do not disturb each other."""
        return self._queues.setdefault(node, asyncio.Lock())

    async def take(self, node: str, pod: Object) -> None:
        """Lock a node for a pod, once for each kind of lock that the vendors of the pod's devices have.

        Raises:
            LockedError: another pod held a lock, for all of `patience` if the pod is a member of a PodGroup.
            ApiError: the node does not exist, or the API server did not answer.
        """
        taken: list[str] = []
        try:
            for annotation in annotations_of(pod):
                await self._take(node, pod, annotation)
                taken.append(annotation)
        except (LockedError, ApiError, asyncio.CancelledError):
            await asyncio.shield(self._release(node, pod, taken))
            raise

    async def release(self, node: str, pod: Object) -> None:
        """Release the locks of a node that this pod took.

        Raises:
            ApiError: the API server did not answer, or refused a request.
        """
        await self._release(node, pod, annotations_of(pod))

    async def _take(self, node: str, pod: Object, annotation: str) -> None:
        loop = asyncio.get_running_loop()
        is_member = POD_GROUP in (pod["metadata"].get("labels") or {})
        deadline = loop.time() + (self.patience if is_member else 0)
        while True:
            mark = self.changes.mark()
            if await self._try(node, pod, annotation):
                return
            left = deadline - loop.time()
            if left <= 0 or not await self.changes.wait(left, mark):
                minutes, seconds = divmod(int(self._expiry(annotation).total_seconds()), 60)
                raise LockedError(f"node {node} has been locked within {minutes}m{seconds}s")

    async def _release(self, node: str, pod: Object, annotations: Iterable[str]) -> None:
        for annotation in annotations:
            for _ in range(ATTEMPTS):
                current = await self.api.node(node)
                held = None if current is None else _held(current, annotation)
                if current is None or held is None or (held.name and not _is_of(held, pod)):
                    break
                if await self._write(current, annotation, None):
                    break

    async def _try(self, node: str, pod: Object, annotation: str) -> bool:
        for _ in range(ATTEMPTS):
            current = await self.api.node(node)
            if current is None:
                raise ApiError(f"lock node {node}", 404, "there is no such node")
            held = _held(current, annotation)
            if held is not None and not await self._is_free(held, pod, annotation):
                return False
            metadata = pod["metadata"]
            owner = (metadata["namespace"], metadata["name"]) if annotation == LOCK else ()
            if await self._write(current, annotation, lock_text(self.now(), *owner)):
                return True
        return False

    async def _is_free(self, held: Lock, pod: Object, annotation: str) -> bool:
        if self.now() - held.taken > self._expiry(annotation) or _is_of(held, pod):
            return True
        return bool(held.name) and await self.api.pod(held.namespace, held.name) is None

    def _expiry(self, annotation: str) -> timedelta:
        return self.expiry if annotation == LOCK else OTHER_EXPIRY

    async def _write(self, node: Object, annotation: str, text: str | None) -> bool:
        """Write a lock of a node; return False if the node was changed after it was read."""
        metadata = node["metadata"]
        try:
            await self.api.annotate_node(
                metadata["name"], {annotation: text}, metadata["resourceVersion"]
            )
        except ApiError as error:
            if error.is_conflict:
                return False
            raise
        return True


def annotations_of(pod: Object) -> list[str]:
    """Return the annotations that lock a node for the vendors whose devices a pod requests, each once."""
    vendors = [request.vendor for requests in requests_of(pod) for request in requests]
    return list(dict.fromkeys(each.lock for each in vendors if each.lock))


def _held(node: Object, annotation: str) -> Lock | None:
    text = (node["metadata"].get("annotations") or {}).get(annotation)
    if not text:
        return None
    try:
        return lock(str(text))
    except FormatError:
        return None  # A malformed lock belongs to no pod, so it would never be released.


def _is_of(held: Lock, pod: Object) -> bool:
    metadata = pod["metadata"]
    return (held.namespace, held.name) == (metadata["namespace"], metadata["name"])
