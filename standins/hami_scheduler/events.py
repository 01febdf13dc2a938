"""Kubernetes events about pods, written in the background."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from datetime import UTC, datetime
from uuid import uuid4

from hami_scheduler.api import Api, ApiError
from hami_scheduler.requests import Object

FILTERED, NOT_FILTERED = "FilteringSucceed", "FilteringFailed"
BOUND, NOT_BOUND = "BindingSucceed", "BindingFailed"
LONGEST = 1024
"""The maximum number of characters in the message of an event."""
REMEMBERED = 4096
WRITERS = 4


class Events:
    """Writes events. A repeated event increases the count of the first one."""

    def __init__(self, api: Api, component: str) -> None:
        """Create the writer. It writes events while `run` runs.

        Args:
            api: the API.
            component: the source in the events.
        """
        self._api = api
        self._component = component
        self._queue: asyncio.Queue[tuple[Object, bool]] = asyncio.Queue()
        self._recorded: OrderedDict[tuple[str, str, str], Object] = OrderedDict()

    def record(self, pod: Object, reason: str, message: str) -> None:
        """Queue an event about a pod.

        Args:
            pod: the pod.
            reason: the reason. An event whose reason ends with "Failed" is a warning.
            message: the message; a long one is cut off.
        """
        metadata = pod["metadata"]
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        key = (metadata["uid"], reason, message)
        known = self._recorded.get(key)
        if known is not None:
            self._recorded.move_to_end(key)
            known["count"] += 1
            known["lastTimestamp"] = now
            self._queue.put_nowait((dict(known), False))
            return
        event = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {
                "name": f"{metadata['name'][:200]}.{uuid4().hex[:16]}",
                "namespace": metadata["namespace"],
            },
            "involvedObject": {
                "apiVersion": "v1",
                "kind": "Pod",
                "namespace": metadata["namespace"],
                "name": metadata["name"],
                "uid": metadata["uid"],
            },
            "reason": reason,
            "message": message if len(message) <= LONGEST else f"{message[: LONGEST - 1]}…",
            "type": "Warning" if reason.endswith("Failed") else "Normal",
            "source": {"component": self._component},
            "reportingComponent": self._component,
            "reportingInstance": self._component,
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        }
        self._recorded[key] = event
        if len(self._recorded) > REMEMBERED:
            self._recorded.popitem(last=False)
        self._queue.put_nowait((dict(event), True))

    async def run(self) -> None:
        """Write queued events until the task is cancelled."""
        await asyncio.gather(*(self._write() for _ in range(WRITERS)))

    async def drain(self) -> None:
        """Wait until all queued events are written."""
        await self._queue.join()

    async def _write(self) -> None:
        while True:
            event, is_new = await self._queue.get()
            try:
                await (self._api.create_event if is_new else self._api.patch_event)(event)
            except ApiError as error:
                logging.getLogger(__name__).info("Lost an event about a pod: %s", error)
            finally:
                self._queue.task_done()
