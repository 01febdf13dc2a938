"""Follow a collection of the API server: list it, then watch its changes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Protocol

from hami_scheduler.api import ApiError
from hami_scheduler.requests import Object

LOG = logging.getLogger(__name__)
GONE = 410
AGAIN = 0.5
"""Seconds before a failed list is repeated."""


class Source(Protocol):
    """The part of the API that lists and watches collections."""

    async def list(self, path: str) -> tuple[list[Object], str]:
        """Return the objects of a collection, and the resource version of the list."""
        ...

    def watch(self, path: str, version: str) -> AsyncIterator[tuple[str, Object]]:
        """Yield the changes of a collection after a resource version, as type and object."""
        ...


@dataclass(frozen=True)
class Follower:
    """Reports the objects of a collection and their changes to handlers.

    Attributes:
        path: the path of the collection.
        replace: handles a list of all objects.
        put: handles a new or changed object.
        remove: handles a deleted object.
        synced: set after the first list.
    """

    path: str
    replace: Callable[[list[Object]], None]
    put: Callable[[Object], None]
    remove: Callable[[Object], None]
    synced: asyncio.Event

    async def run(self, source: Source) -> None:
        """List and watch the collection until the task is cancelled. After an error, list it again."""
        while True:
            try:
                objects, version = await source.list(self.path)
                self.replace(objects)
                self.synced.set()
                await self._follow(source, version)
            except ApiError as error:
                if error.status != GONE:
                    LOG.warning("%s", error)
                    await asyncio.sleep(AGAIN)

    async def _follow(self, source: Source, version: str) -> None:
        while True:
            async for type, item in source.watch(self.path, version):
                version = item["metadata"]["resourceVersion"]
                if type == "DELETED":
                    self.remove(item)
                elif type != "BOOKMARK":
                    self.put(item)
