"""Removing what a scheduler has written on nodes, when its release is uninstalled."""

from __future__ import annotations

import asyncio
import logging

from hami_scheduler.api import ApiError
from hami_scheduler.asking import Object
from hami_scheduler.handshakes import traces
from hami_scheduler.http_api import HttpApi

LOG = logging.getLogger(__name__)
NODES = "/api/v1/nodes"
ATTEMPTS = 5
POLL = 0.2
"""Seconds between looks at a Deployment that is going."""
SECONDS = 60.0


async def clean(api: HttpApi, namespace: str, deployment: str) -> None:
    """Stop a scheduler, and remove the answers and locks that it has left on nodes.

    Args:
        api: the API server.
        namespace: the scheduler's namespace.
        deployment: its Deployment, which is removed first, so that it writes nothing anew.

    Raises:
        ApiError: the API server cannot be asked.
        TimeoutError: the scheduler's pods do not go.
    """
    await api.remove_deployment(namespace, deployment)
    async with asyncio.timeout(SECONDS):
        while await api.deployment(namespace, deployment) is not None:
            await asyncio.sleep(POLL)
    nodes, _ = await api.list(NODES)
    for node in nodes:
        await _clean(api, node)


async def _clean(api: HttpApi, node: Object | None) -> None:
    for _ in range(ATTEMPTS):
        if node is None:
            return
        metadata = node["metadata"]
        left = traces(metadata.get("annotations") or {})
        if not left:
            return
        try:
            await api.annotate_node(metadata["name"], left, metadata["resourceVersion"])
            return
        except ApiError as error:
            if not error.is_conflict:
                raise
        node = await api.node(metadata["name"])
