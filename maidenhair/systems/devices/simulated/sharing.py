"""The locks and handshakes of HAMi on simulated nodes, and restarts of its scheduler."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hamcrest import all_of, ends_with, equal_to, has_item, is_in, none, not_

from maidenhair.errors import DevicesError
from maidenhair.kube import Kube
from maidenhair.kube.matchers import has_jmespath
from maidenhair.kube.watch.watched import WatchedObject, WatchedObjects
from maidenhair.systems.devices.device_nodes import RunningPod
from maidenhair.systems.devices.hami.installation import NAMESPACE
from maidenhair.systems.devices.hami.protocol import LOCK
from maidenhair.systems.devices.simulated.fleet import Fleet
from maidenhair.systems.devices.simulated.handshakes import (
    annotate_until_seen,
    expired_handshake,
    handshakes_of,
    write_until_read,
)
from maidenhair.waiting import eventually

SCHEDULER = "app.kubernetes.io/component=hami-scheduler"
SETTLED_SECONDS = 60.0
LOCK_EXPIRY = timedelta(minutes=5)
LOCK_TOO_OLD = LOCK_EXPIRY + timedelta(minutes=1)


def wait_until_locked(kube: Kube, fleet: Fleet, node: str, by: str | None) -> None:
    """Wait until the binding of a pod locks a node, or until nothing locks it.

    Args:
        kube: the API.
        fleet: the simulated nodes.
        node: the node's name in the spec.
        by: the pod's name; None to wait until the node is not locked.

    Raises:
        WaitTimedOut: the node was not locked or unlocked in time.
    """
    lock = f'metadata.annotations."{LOCK}"'
    expected = none() if by is None else ends_with(f",{by}")
    with WatchedObject(kube, "v1", "Node", fleet.nodes[node].full_name) as watched:
        eventually(
            watched,
            has_jmespath(lock, expected),
            within=SETTLED_SECONDS,
            described_as=f"simulated node {node} to be locked by {f'pod {by}' if by else 'no pod'}",
        )


def lock_until_expired(fleet: Fleet, node: str) -> None:
    """Write an expired lock on a node, like the lock of a binding that never ended."""
    _lock(fleet, node, LOCK_TOO_OLD)


def lock_half_as_long(kube: Kube, fleet: Fleet, node: str, owner: RunningPod) -> None:
    """Write a lock of a pod on a node that has reached half the age at which locks expire by default."""
    # The device plugin that has allocated the pod's devices removes the lock of its binding.
    wait_until_locked(kube, fleet, node, by=None)
    _lock(fleet, node, LOCK_EXPIRY / 2, f",{owner.namespace},{owner.name}")


def expire_handshake(fleet: Fleet, node: str) -> None:
    """Write expired handshakes on a node, as if its device plugins had not answered in time."""
    fleet.annotate(node, dict.fromkeys(handshakes_of(fleet.nodes[node]), expired_handshake()))


def withdraw_devices(kube: Kube, fleet: Fleet, node: str) -> None:
    """Stop a node's device plugins, remove the registration of its devices, and wait until HAMi has seen that.

    Kubelet still offers the devices, as after the crash of a device plugin.
    """
    found = fleet.nodes[node]
    fleet.stop_plugins(node)
    gone = dict.fromkeys(found.registration(datetime.now(UTC)))
    write_until_read(kube, found, lambda: fleet.annotate(node, gone))


def offer_none(kube: Kube, fleet: Fleet, node: str) -> None:
    """Set the allocatable devices of a node to 0, like a kubelet whose device plugins are gone.

    Wait until HAMi has looked at the node twice.
    """
    found = fleet.nodes[node]
    broken = {
        profile: tuple(replace(each, healthy=False) for each in own)
        for profile, own in found.devices.items()
    }
    fleet.set_status(replace(found, devices=broken))
    annotate_until_seen(kube, found, {})


def kill_scheduler(kube: Kube) -> None:
    """Delete the pods of HAMi's scheduler without a grace period, and wait until a new pod is Ready.

    Raises:
        DevicesError: the scheduler has no pods.
        WaitTimedOut: no new pod became Ready.
    """
    pods = kube.list("v1", "Pod", NAMESPACE, SCHEDULER)
    if not pods:
        raise DevicesError(
            f"Namespace {NAMESPACE} has no pods of HAMi's scheduler, with label {SCHEDULER}; "
            "run `maidenhair cluster deploy`"
        )
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


def _lock(fleet: Fleet, node: str, age: timedelta, owner: str = "") -> None:
    since = datetime.now(UTC) - age
    fleet.annotate(node, {LOCK: f"{since:%Y-%m-%dT%H:%M:%SZ}{owner}"})
