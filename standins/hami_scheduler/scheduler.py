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
from hami_scheduler.node_selection import Choice, NoChoice, Policies, choose
from hami_scheduler.protocol import (
    ALLOCATING,
    BIND_PHASE,
    BIND_TIME,
    FAILED,
    NODE,
    TIME,
    shares_text,
)
from hami_scheduler.quotas import Quotas
from hami_scheduler.requests import Object, requests_devices, requests_of
from hami_scheduler.vendors import BY_DEVICE_TYPE, VENDORS

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
        had = self._ledger.release(uid) or NODE in (pod["metadata"].get("annotations") or {})
        found = self._choose(pod, names)
        if isinstance(found, NoChoice) and await self._changes.wait(GRACE):
            found = self._choose(pod, names)
        if isinstance(found, NoChoice):
            return await self._refuse(pod, names, found, had)
        # Do not await between choosing and assigning, so that no other pod gets the same share.
        self._ledger.assign(pod, found.node, found.fit)
        try:
            patched = await self._api.annotate_pod(pod, self._annotations(found))
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
        return choose(pod, names, self._ledger, self._quotas, self._policies, self._now())

    async def _refuse(self, pod: Object, names: list[str], found: NoChoice, had: bool) -> Object:
        if had:
            await self._unassign(pod)
        by_reason: dict[str, list[str]] = {}
        for node, text in found.reasons.items():
            for part in text.split(", "):
                by_reason.setdefault(part.split(" ", 1)[-1] if "/" in part else part, []).append(
                    node
                )
        for reason, nodes in by_reason.items():
            listed = ",".join(sorted(nodes))
            self._events.record(pod, NOT_FILTERED, f"{len(nodes)} nodes {reason}({listed})")
        summary = f"no available node, {len(names)} nodes do not meet"
        self._events.record(pod, NOT_FILTERED, summary)
        return {"FailedNodes": dict(found.reasons)}

    async def _unassign(self, pod: Object) -> None:
        """Remove the devices of an earlier attempt from a pod's annotations."""
        uid = pod["metadata"]["uid"]
        keys = [
            NODE,
            TIME,
            *(key for each in VENDORS for key in (each.to_allocate, each.allocated)),
        ]
        self._ledger.assign(pod, "", {})  # Ignore older events of the pod.
        try:
            patched = await self._api.annotate_pod(pod, dict.fromkeys(keys))
        except ApiError as error:
            LOG.info("Cannot remove the devices of an earlier attempt from the pod: %s", error)
            self._ledger.release(uid)
        else:
            self._ledger.confirm(uid, version_of(patched))

    def _annotations(self, found: Choice) -> dict[str, str | None]:
        annotations: dict[str, str | None] = {
            NODE: found.node,
            TIME: str(int(self._now().timestamp())),
        }
        for vendor in VENDORS:
            # An earlier attempt may have chosen devices of another vendor.
            text = (
                shares_text(found.fit[vendor.device_type])
                if vendor.device_type in found.fit
                else None
            )
            if text is not None:
                annotations[BY_DEVICE_TYPE[vendor.device_type].to_allocate] = text
                annotations[BY_DEVICE_TYPE[vendor.device_type].allocated] = text
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
            await self._api.annotate_pod(pod, {BIND_PHASE: FAILED})
        except ApiError as error:
            LOG.info("Cannot undo a failed binding: %s", error)


def _success(found: Choice, names: int) -> str:
    fit = len(found.scores)
    scores = ",".join(f"{name}:{score:.2f}" for name, score in found.scores.items())
    return f"find fit node({found.node}), {names - fit} nodes not fit, {fit} nodes fit({scores})"
