"""The locks and handshakes of HAMi on simulated nodes, and its scheduler's end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hamcrest import all_of, ends_with, equal_to, has_item, is_in, none, not_

from maidenhair.errors import DevicesError
from maidenhair.kube import Kube
from maidenhair.kube.matchers import has_jmespath
from maidenhair.kube.watch.watched import WatchedObject, WatchedObjects
from maidenhair.systems.devices.hami.installation import NAMESPACE
from maidenhair.systems.devices.hami.protocol import LOCK, REQUESTING, handshake_text
from maidenhair.systems.devices.simulated.fleet import Fleet
from maidenhair.waiting import eventually

SCHEDULER = "app.kubernetes.io/component=hami-scheduler"
SETTLED_SECONDS = 60.0
# Locks are given up after 5 minutes.
LOCK_TOO_OLD = timedelta(minutes=6)
# Handshakes after 60 seconds, in the local time of HAMi's container, which is no more than 14 hours from UTC.
HANDSHAKE_TOO_OLD = timedelta(days=1)


def wait_until_locked(kube: Kube, fleet: Fleet, node: str, by: str | None) -> None:
    """Wait until a pod's binding locks a node, or, if `by` is None, until nothing locks it."""
    lock = f'metadata.annotations."{LOCK}"'
    wanted = none() if by is None else ends_with(f",{by}")
    with WatchedObject(kube, "v1", "Node", fleet.nodes[node].full_name) as watched:
        eventually(
            watched,
            has_jmespath(lock, wanted),
            within=SETTLED_SECONDS,
            described_as=f"the simulated node {node} to be locked by {by or 'nothing'}",
        )


def lock_until_expired(fleet: Fleet, node: str) -> None:
    """Give a node a lock that has expired, as a binding leaves it that did not end."""
    since = datetime.now(UTC) - LOCK_TOO_OLD
    fleet.annotate(node, {LOCK: since.strftime("%Y-%m-%dT%H:%M:%SZ")})


def expire_handshake(fleet: Fleet, node: str) -> None:
    """Write handshakes on a node that its device plugins have not answered in time."""
    asked = handshake_text(REQUESTING, datetime.now(UTC) - HANDSHAKE_TOO_OLD)
    sharings = [each.sharing for each in fleet.nodes[node].devices if each.sharing is not None]
    fleet.annotate(node, {each.handshake: asked for each in sharings})


def kill_scheduler(kube: Kube) -> None:
    """Kill the pods of HAMi's scheduler, and wait until others are ready.

    Raises:
        DevicesError: there are none.
        WaitTimedOut: no others became ready.
    """
    pods = kube.list("v1", "Pod", NAMESPACE, SCHEDULER)
    if not pods:
        raise DevicesError(f"HAMi's scheduler has no pods in {NAMESPACE} labelled {SCHEDULER}")
    killed = [each["metadata"]["uid"] for each in pods]
    for each in pods:
        kube.delete("v1", "Pod", each["metadata"]["name"], NAMESPACE, grace_period_seconds=0)
    ready = has_jmespath("status.conditions[?type == 'Ready'].status | [0]", equal_to("True"))
    another = has_jmespath("metadata.uid", not_(is_in(killed)))
    with WatchedObjects(kube, "v1", "Pod", NAMESPACE, SCHEDULER) as watched:
        eventually(
            watched,
            has_item(all_of(another, ready)),
            within=2 * SETTLED_SECONDS,
            described_as="another pod of HAMi's scheduler to be ready",
        )
