"""Brings one Compute's objects and status to what they should be.

Level-triggered: whatever happened, the same steps are taken from what the API server holds now.
Nothing is remembered between two reconciles, so nothing can be stale and a restart needs nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from skytorch_operator.api import Api, ApiError
from skytorch_operator.children import claims, grpc_route, service, stateful_set
from skytorch_operator.objects import (
    CLAIM,
    COMPUTE,
    GATEWAY,
    GRPC_ROUTE,
    SERVICE,
    STATEFUL_SET,
    Kind,
    Object,
    Reference,
    reference_of,
)
from skytorch_operator.status import Observed, differs, status

_log = logging.getLogger(__name__)


class Refused(Exception):
    """The API server refused some of a Compute's objects; its status tells what there is."""


@dataclass(frozen=True)
class Reconciler:
    """Reconciles Computes.

    Attributes:
        api: the API server.
        gateway: the Gateway that routes to every Compute.
        clock: tells the time.
    """

    api: Api
    gateway: Reference
    clock: Callable[[], datetime]

    async def reconcile(self, reference: Reference) -> None:
        """Apply a Compute's objects and set its status; do nothing for one that is gone or going.

        Raises:
            Refused: some objects were refused; all else was done.
            ApiError, ExceptionGroup: the API server could not do its part now.
        """
        compute = await self.api.get(COMPUTE, reference)
        if compute is None or "deletionTimestamp" in compute["metadata"]:
            return
        observed, refusals = await self._apply_children(compute)
        wanted = status(compute, observed, self.gateway, self.clock())
        if differs(compute, wanted):
            await self._apply_status(compute, wanted)
        if refusals:
            raise Refused("; ".join(str(each) for each in refusals))

    async def _apply_children(self, compute: Object) -> tuple[Observed, list[ApiError]]:
        refusals: list[ApiError] = []
        async with asyncio.TaskGroup() as group:
            gateway = group.create_task(self.api.get(GATEWAY, self.gateway))
            sets = group.create_task(self._apply(STATEFUL_SET, stateful_set(compute), refusals))
            route = group.create_task(
                self._apply(GRPC_ROUTE, grpc_route(compute, self.gateway), refusals)
            )
            group.create_task(self._apply(SERVICE, service(compute), refusals))
            for claim in claims(compute):
                group.create_task(self._apply(CLAIM, claim, refusals))
        return Observed(sets.result(), route.result(), gateway.result()), refusals

    async def _apply(self, kind: Kind, child: Object, refusals: list[ApiError]) -> Object | None:
        try:
            return await self.api.apply(kind, child)
        except ApiError as error:
            if not error.refused:
                raise
            refusals.append(error)
        # What was there before the refused change still serves.
        return await self.api.get(kind, reference_of(child))

    async def _apply_status(self, compute: Object, wanted: Object) -> None:
        metadata = compute["metadata"]
        manifest = {
            "apiVersion": COMPUTE.api_version,
            "kind": COMPUTE.name,
            "metadata": {
                "name": metadata["name"],
                "namespace": metadata["namespace"],
                # A Compute that changed since it was read is read again, not judged by its past.
                "resourceVersion": metadata["resourceVersion"],
            },
            "status": wanted,
        }
        try:
            await self.api.apply_status(COMPUTE, manifest)
        except ApiError as error:
            if error.status == 404:
                # Deleted meanwhile: its objects go with it.
                return
            raise
        ready = wanted["conditions"][0]
        _log.info("%s/%s: %s", metadata["namespace"], metadata["name"], ready["message"])
