"""The two calls of kube-scheduler: filter the nodes for a pod, and bind a pod to a node."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from hami_scheduler.allocations import Ledger, version_of
from hami_scheduler.api import Api, ApiError
from hami_scheduler.broadcast import Changes
from hami_scheduler.events import BOUND, FILTERED, NOT_BOUND, NOT_FILTERED, Events
from hami_scheduler.locks import LockedError, Locks
from hami_scheduler.node_selection import UNREGISTERED, Choice, NoChoice, Policies, choose
from hami_scheduler.protocol import (
    ALLOCATING,
    BIND_PHASE,
    BIND_TIME,
    NODE,
    TIME,
    FormatError,
)
from hami_scheduler.quotas import Quotas
from hami_scheduler.reasons import TOO_FEW_DEVICES
from hami_scheduler.records import records_of
from hami_scheduler.requests import Object, requests_devices, requests_of
from hami_scheduler.vendors import BY_DEVICE_TYPE

SILENT = (TOO_FEW_DEVICES, UNREGISTERED)
"""Reasons that have no event of their own."""
LOG = logging.getLogger(__name__)
GRACE = 0.03
"""Seconds to wait for a change before a pod is refused. Kube-scheduler may see the end of a pod earlier."""


def _now() -> datetime:
    return datetime.now(UTC)


class Scheduler:
    """Chooses nodes and devices for pods, and binds them."""

    def __init__(
        self,
        api: Api,
        ledger: Ledger,
        quotas: Quotas,
        locks: Locks,
        events: Events,
        changes: Changes,
        policies: Policies,
        now: Callable[[], datetime] = _now,
    ) -> None:
        """Create a scheduler.

        Args:
            api: the API.
            ledger: the nodes, and the devices of all pods.
            quotas: the quotas of all namespaces.
            locks: the locks of nodes.
            events: records the results as events of pods.
            changes: wakes after changes of ledger or quotas.
            policies: the policies of pods that set none.
            now: returns the current time.
        """
        self._api = api
        self._ledger = ledger
        self._quotas = quotas
        self._locks = locks
        self._events = events
        self._changes = changes
        self._policies = policies
        self._now = now

    async def filter(self, pod: Object, names: list[str]) -> Object:
        """Choose a node for a pod, and write the pod's devices into its annotations.

        Args:
            pod: the pod.
            names: the names of the nodes to choose from.

        Returns:
            The answer for kube-scheduler.
        """
        if not requests_devices(requests_of(pod)):
            return {"NodeNames": names}
        uid = pod["metadata"]["uid"]
        self._ledger.release(uid)
        try:
            found = self._choose(pod, names)
            if isinstance(found, NoChoice) and await self._changes.wait(GRACE):
                found = self._choose(pod, names)
        except FormatError as error:
            message = f"calcScore failed {error} for pod {pod['metadata']['name']}"
            self._events.record(pod, NOT_FILTERED, message)
            return {"Error": message}
        if isinstance(found, NoChoice):
            return self._refuse(pod, names, found)
        # Do not await between choosing and assigning, so that no other pod gets the same share.
        self._ledger.assign(pod, found.node, found.fit)
        try:
            written = self._annotations(pod, found)
            patched = await self._api.annotate_pod(pod, written, {NODE: found.node})
        except ApiError as error:
            self._ledger.release(uid)
            self._events.record(pod, NOT_FILTERED, str(error))
            return {"Error": str(error)}
        self._ledger.confirm(uid, version_of(patched))
        self._events.record(pod, FILTERED, _success(found, len(names)))
        return {"NodeNames": [found.node]}

    async def bind(self, namespace: str, name: str, uid: str, node: str) -> Object:
        """Bind a pod to a node. If the pod requests devices, it then holds the node's lock.

        Args:
            namespace: the pod's namespace.
            name: the pod's name.
            uid: the pod's uid.
            node: the node's name.

        Returns:
            The answer for kube-scheduler.
        """
        pod: Object = {"metadata": {"namespace": namespace, "name": name, "uid": uid}}
        try:
            current = await self._api.pod(namespace, name)
            if current is None or current["metadata"]["uid"] != uid:
                raise ApiError(f"bind pod {namespace}/{name}", 404, "the pod is gone")
            pod = current
            if requests_devices(requests_of(pod)):
                await self._lock_and_bind(pod, node)
            else:
                await self._api.bind(namespace, name, uid, node)
        except (ApiError, LockedError) as error:
            self._events.record(pod, NOT_BOUND, str(error))
            return {"Error": str(error)}
        self._events.record(pod, BOUND, f"Successfully binding node [{node}] to {namespace}/{name}")
        return {"Error": ""}

    def _choose(self, pod: Object, names: list[str]) -> Choice | NoChoice:
        return choose(pod, names, self._ledger, self._quotas, self._policies)

    def _refuse(self, pod: Object, names: list[str], found: NoChoice) -> Object:
        self._ledger.refuse(pod["metadata"]["uid"])
        by_reason: dict[str, list[str]] = {}
        for node, text in found.reasons.items():
            if text in SILENT:
                continue
            for part in text.split(", "):
                by_reason.setdefault(part.split(" ", 1)[-1], []).append(node)
        for reason, nodes in by_reason.items():
            listed = ",".join(sorted(nodes))
            self._events.record(pod, NOT_FILTERED, f"{len(nodes)} nodes {reason}({listed})")
        summary = f"no available node, {len(names)} nodes do not meet"
        self._events.record(pod, NOT_FILTERED, summary)
        return {"FailedNodes": dict(found.reasons)}

    def _annotations(self, pod: Object, found: Choice) -> dict[str, str | None]:
        now = self._now()
        annotations: dict[str, str | None] = {NODE: found.node, TIME: str(int(now.timestamp()))}
        for device_type, shares in found.fit.items():
            vendor = BY_DEVICE_TYPE[device_type]
            annotations |= records_of(vendor, shares, pod, found.node, now)
        return annotations

    async def _lock_and_bind(self, pod: Object, node: str) -> None:
        metadata = pod["metadata"]
        async with self._locks.queue(node):
            await self._locks.take(node, pod)
            try:
                now = str(int(self._now().timestamp()))
                await self._api.annotate_pod(pod, {BIND_PHASE: ALLOCATING, BIND_TIME: now})
                await self._api.bind(metadata["namespace"], metadata["name"], metadata["uid"], node)
            except (ApiError, asyncio.CancelledError):
                await asyncio.shield(self._give_up(pod, node))
                raise

    async def _give_up(self, pod: Object, node: str) -> None:
        try:
            await self._locks.release(node, pod)
        except ApiError as error:
            LOG.info("Cannot undo a failed binding: %s", error)


def _success(found: Choice, names: int) -> str:
    fit = len(found.scores)
    scores = ",".join(f"{name}:{score:.2f}" for name, score in found.scores.items())
    return f"find fit node({found.node}), {names - fit} nodes not fit, {fit} nodes fit({scores})"
