"""Applies the objects and the status of one Compute.

Level-triggered: each reconcile takes the same steps from the current state, whatever caused it. It has no state of its
own, so nothing can be stale, and a restart needs no recovery.
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
    """The API server refused some objects of a Compute. The Compute's status describes the existing ones."""


@dataclass(frozen=True)
class Reconciler:
    """Reconciles Computes.

    Attributes:
        api: the API server.
        gateway: the Gateway that routes to every Compute.
        clock: returns the current time, with a time zone.
    """

    api: Api
    gateway: Reference
    clock: Callable[[], datetime]

    async def reconcile(self, reference: Reference) -> None:
        """Apply the objects of a Compute and set its status. Skip a Compute that is gone or being deleted.

        Raises:
            Refused: the API server refused some objects. The others and the status are applied.
            ApiError, ExceptionGroup: a request failed for another reason, so repeating it may help.
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
        # The object from before the refused change still exists.
        return await self.api.get(kind, reference_of(child))

    async def _apply_status(self, compute: Object, wanted: Object) -> None:
        metadata = compute["metadata"]
        manifest = {
            "apiVersion": COMPUTE.api_version,
            "kind": COMPUTE.name,
            "metadata": {
                "name": metadata["name"],
                "namespace": metadata["namespace"],
                # If the Compute has changed since it was read, the API server refuses and it is read again.
                "resourceVersion": metadata["resourceVersion"],
            },
            "status": wanted,
        }
        try:
            await self.api.apply_status(COMPUTE, manifest)
        except ApiError as error:
            if error.status == 404:
                # The Compute was deleted meanwhile, and its objects with it.
                return
            raise
        ready = wanted["conditions"][0]
        _log.info("%s/%s: %s", metadata["namespace"], metadata["name"], ready["message"])
