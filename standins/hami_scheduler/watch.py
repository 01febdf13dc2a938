"""Following what the API server has: a list, then every change of it, for ever."""

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
"""Seconds before a list that failed is asked for again."""


class Source(Protocol):
    """What can be listed and watched."""

    async def list(self, path: str) -> tuple[list[Object], str]:
        """Return the objects of a collection, and the version that the list is of."""
        ...

    def watch(self, path: str, version: str) -> AsyncIterator[tuple[str, Object]]:
        """Yield what changes in a collection after a version, as type and object."""
        ...


@dataclass(frozen=True)
class Follower:
    """Keeps something in step with a collection.

    Attributes:
        path: the collection.
        replace: takes all objects that there are.
        put: takes one that is new or changed.
        remove: takes one that is gone.
        synced: set once the first list is taken.
    """

    path: str
    replace: Callable[[list[Object]], None]
    put: Callable[[Object], None]
    remove: Callable[[Object], None]
    synced: asyncio.Event

    async def run(self, source: Source) -> None:
        """Follow, until cancelled; whatever fails is tried again."""
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
