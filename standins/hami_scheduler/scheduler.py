"""The two questions of kube-scheduler: which of these nodes, and bind this pod to that node."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from hami_scheduler.allocations import Ledger, version_of
from hami_scheduler.api import Api, ApiError
from hami_scheduler.broadcast import News
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
from hami_scheduler.requests import Object, asks_for_devices, requests_of
from hami_scheduler.vendors import BY_WORD, VENDORS

LOG = logging.getLogger(__name__)
GRACE = 0.03
"""Seconds to wait for news before a pod is said to fit nowhere: kube-scheduler may have heard first of what ended."""


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
        news: News,
        policies: Policies,
        now: Callable[[], datetime] = _now,
    ) -> None:
        """Make a scheduler.

        Args:
            api: the API server.
            ledger: nodes, and what pods have of them.
            quotas: what namespaces may have.
            locks: the locks of nodes.
            events: where to tell what came of it.
            news: tells when ledger or quotas have changed.
            policies: how nodes and devices are filled where a pod does not say.
            now: returns the time.
        """
        self._api = api
        self._ledger = ledger
        self._quotas = quotas
        self._locks = locks
        self._events = events
        self._news = news
        self._policies = policies
        self._now = now

    async def filter(self, pod: Object, names: list[str]) -> Object:
        """Choose one of some nodes for a pod and note its devices on it; return kube-scheduler's answer."""
        if not asks_for_devices(requests_of(pod)):
            return {"NodeNames": names}
        uid = pod["metadata"]["uid"]
        had = self._ledger.release(uid) or NODE in (pod["metadata"].get("annotations") or {})
        found = self._choose(pod, names)
        if isinstance(found, NoChoice) and await self._news.wait(GRACE):
            found = self._choose(pod, names)
        if isinstance(found, NoChoice):
            return await self._nowhere(pod, names, found, had)
        # From here to `assign` nothing is awaited: no other pod can be given the same share.
        self._ledger.assign(pod, found.node, found.fit)
        try:
            patched = await self._api.annotate_pod(pod, self._annotations(found))
        except ApiError as error:
            self._ledger.release(uid)
            self._events.tell(pod, NOT_FILTERED, str(error))
            return {"Error": str(error)}
        self._ledger.confirm(uid, version_of(patched))
        self._events.tell(pod, FILTERED, _success(found, len(names)))
        return {"NodeNames": [found.node]}

    async def bind(self, namespace: str, name: str, uid: str, node: str) -> Object:
        """Bind a pod to a node, whose lock it then has; return kube-scheduler's answer."""
        pod: Object = {"metadata": {"namespace": namespace, "name": name, "uid": uid}}
        try:
            current = await self._api.pod(namespace, name)
            if current is None or current["metadata"]["uid"] != uid:
                raise ApiError(f"bind pod {namespace}/{name}", 404, "the pod is gone")
            pod = current
            if asks_for_devices(requests_of(pod)):
                await self._lock_and_bind(pod, node)
            else:
                await self._api.bind(namespace, name, uid, node)
        except (ApiError, LockedError) as error:
            self._events.tell(pod, NOT_BOUND, str(error))
            return {"Error": str(error)}
        self._events.tell(pod, BOUND, f"Successfully binding node [{node}] to {namespace}/{name}")
        return {"Error": ""}

    def _choose(self, pod: Object, names: list[str]) -> Choice | NoChoice:
        return choose(pod, names, self._ledger, self._quotas, self._policies, self._now())

    async def _nowhere(self, pod: Object, names: list[str], found: NoChoice, had: bool) -> Object:
        if had:
            await self._unassign(pod)
        by_reason: dict[str, list[str]] = {}
        for node, text in found.reasons.items():
            for part in text.split(", "):
                by_reason.setdefault(part.split(" ", 1)[-1] if "/" in part else part, []).append(
                    node
                )
        for reason, nodes in by_reason.items():
            told = ",".join(sorted(nodes))
            self._events.tell(pod, NOT_FILTERED, f"{len(nodes)} nodes {reason}({told})")
        summary = f"no available node, {len(names)} nodes do not meet"
        self._events.tell(pod, NOT_FILTERED, summary)
        return {"FailedNodes": dict(found.reasons)}

    async def _unassign(self, pod: Object) -> None:
        """Take back what an earlier attempt has noted on a pod."""
        uid = pod["metadata"]["uid"]
        keys = [
            NODE,
            TIME,
            *(key for each in VENDORS for key in (each.to_allocate, each.allocated)),
        ]
        self._ledger.assign(pod, "", {})  # Older news of the pod count no more.
        try:
            patched = await self._api.annotate_pod(pod, dict.fromkeys(keys))
        except ApiError as error:
            LOG.info("devices of an earlier attempt stay noted: %s", error)
            self._ledger.release(uid)
        else:
            self._ledger.confirm(uid, version_of(patched))

    def _annotations(self, found: Choice) -> dict[str, str | None]:
        annotations: dict[str, str | None] = {
            NODE: found.node,
            TIME: str(int(self._now().timestamp())),
        }
        for vendor in VENDORS:
            # Another vendor's devices may be noted from an earlier attempt at a pod that has changed since.
            text = shares_text(found.fit[vendor.word]) if vendor.word in found.fit else None
            if text is not None:
                annotations[BY_WORD[vendor.word].to_allocate] = text
                annotations[BY_WORD[vendor.word].allocated] = text
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
            LOG.info("after a binding that failed: %s", error)


def _success(found: Choice, names: int) -> str:
    fit = len(found.scores)
    scores = ",".join(f"{name}:{score:.2f}" for name, score in found.scores.items())
    return f"find fit node({found.node}), {names - fit} nodes not fit, {fit} nodes fit({scores})"
