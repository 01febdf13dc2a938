"""Remove a scheduler's annotations from nodes when its release is uninstalled."""

from __future__ import annotations

import asyncio
import logging

from hami_scheduler.api import ApiError
from hami_scheduler.handshakes import removal_of_answers
from hami_scheduler.http_api import HttpApi
from hami_scheduler.protocol import LOCK, FormatError, lock
from hami_scheduler.requests import Object

LOG = logging.getLogger(__name__)
NODES = "/api/v1/nodes"
SCHEDULERS = (
    "/apis/apps/v1/deployments?labelSelector=app.kubernetes.io%2Fcomponent%3Dhami-scheduler"
)
ATTEMPTS = 5
POLL = 0.2
"""Seconds between two checks of a Deployment that is being deleted."""
SECONDS = 60.0


async def clean(api: HttpApi, namespace: str, deployment: str, scheduler: str) -> None:
    """Stop a scheduler, and remove its handshakes and locks from nodes.

    Locks of other schedulers' pods stay. Handshakes stay while another scheduler is installed.

    Args:
        api: the API.
        namespace: the scheduler's namespace.
        deployment: the name of its Deployment, which is deleted first, so that it writes no more annotations.
        scheduler: the scheduler's name in pods.

    Raises:
        ApiError: the API server did not answer, or refused a request.
        TimeoutError: the scheduler's pods were not gone in time.
    """
    await api.remove_deployment(namespace, deployment)
    async with asyncio.timeout(SECONDS):
        while await api.deployment(namespace, deployment) is not None:
            await asyncio.sleep(POLL)
    others, _ = await api.list(SCHEDULERS)
    nodes, _ = await api.list(NODES)
    for node in nodes:
        await _clean(api, node, scheduler, answers_too=not others)


async def _clean(api: HttpApi, node: Object | None, scheduler: str, answers_too: bool) -> None:
    for _ in range(ATTEMPTS):
        if node is None:
            return
        metadata = node["metadata"]
        annotations = metadata.get("annotations") or {}
        removed = removal_of_answers(annotations) if answers_too else {}
        if await _is_locked_for(api, str(annotations.get(LOCK, "")), scheduler):
            removed[LOCK] = None
        if not removed:
            return
        try:
            await api.annotate_node(metadata["name"], removed, metadata["resourceVersion"])
            return
        except ApiError as error:
            if not error.is_conflict:
                raise
        node = await api.node(metadata["name"])


async def _is_locked_for(api: HttpApi, text: str, scheduler: str) -> bool:
    """Return whether a pod of the scheduler holds a lock, or a pod that is gone."""
    if not text:
        return False
    try:
        held = lock(text)
    except FormatError:
        return True
    pod = await api.pod(held.namespace, held.name) if held.name else None
    return pod is None or pod["spec"].get("schedulerName") == scheduler
