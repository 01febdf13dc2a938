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
from skytorch_operator.status import Observed, differs, referenced_gateway, status

_log = logging.getLogger(__name__)


class ApplyFailed(Exception):
    """Some objects of a Compute could not be applied. The Compute's status describes the existing ones."""


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
            ApplyFailed: some objects could not be applied. The others and the status are.
            ApiError, ExceptionGroup: the state could not be read, or the status not be written.
        """
        compute = await self.api.get(COMPUTE, reference)
        if compute is None or "deletionTimestamp" in compute["metadata"]:
            return
        observed, failures = await self._apply_children(compute)
        wanted = status(compute, observed, self.gateway.namespace, self.clock())
        if differs(compute, wanted):
            await self._apply_status(compute, wanted)
        if failures:
            raise ApplyFailed("; ".join(failures))

    async def _apply_children(self, compute: Object) -> tuple[Observed, list[str]]:
        failures: list[str] = []
        async with asyncio.TaskGroup() as group:
            sets = group.create_task(self._apply(STATEFUL_SET, stateful_set(compute), failures))
            route = group.create_task(
                self._apply(GRPC_ROUTE, grpc_route(compute, self.gateway), failures)
            )
            group.create_task(self._apply(SERVICE, service(compute), failures))
            for claim in claims(compute):
                group.create_task(self._apply(CLAIM, claim, failures))
        referenced = referenced_gateway(route.result(), self.gateway.namespace)
        gateway = await self.api.get(GATEWAY, referenced) if referenced else None
        return Observed(sets.result(), route.result(), gateway), failures

    async def _apply(self, kind: Kind, child: Object, failures: list[str]) -> Object | None:
        if not child["metadata"]["name"]:
            failures.append(f"apply {kind.name}: its name is empty")
            return None
        try:
            return await self.api.apply(kind, child)
        except ApiError as error:
            failures.append(str(error))
        # The object from before the failed change still exists.
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
