"""What HAMi does with pods and simulated nodes, as it shows in the API; and what is done to HAMi."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from hamcrest import all_of, ends_with, equal_to, has_item, is_in, none, not_
from hamcrest.core.matcher import Matcher

from maidenhair.errors import DevicesError
from maidenhair.kube import Kube
from maidenhair.kube.matchers import has_jmespath
from maidenhair.kube.watch.watched import WatchedObject, WatchedObjects
from maidenhair.systems.devices.hami.installation import NAMESPACE
from maidenhair.systems.devices.hami.protocol import (
    LOCK,
    NODE,
    REQUESTING,
    TIME,
    Share,
    handshake_text,
    parse_shares,
)
from maidenhair.systems.devices.simulated.fleet import Fleet
from maidenhair.systems.devices.simulated.fleet_pods import FleetPod
from maidenhair.systems.devices.vendor_profile import VendorProfile
from maidenhair.waiting import eventually

SCHEDULER = "app.kubernetes.io/component=hami-scheduler"
SETTLED_SECONDS = 60.0
# Locks are given up after 5 minutes.
LOCK_TOO_OLD = timedelta(minutes=6)
# Handshakes after 60 seconds, in the local time of HAMi's container, which is no more than 14 hours from UTC.
HANDSHAKE_TOO_OLD = timedelta(days=1)


def given_shares(pod: FleetPod, profile: VendorProfile) -> list[Share]:
    """Return what all containers of a pod get of a vendor's devices, once it runs."""
    return [share for container in pod.shares(profile) for share in container]


def devices_of(pod: FleetPod, fleet: Fleet) -> set[str]:
    """Return the ids of the devices of which a pod has shares, once it runs."""
    return {share.id for profile in fleet.vendors for share in given_shares(pod, profile)}


def numa_nodes_of(pod: FleetPod, fleet: Fleet) -> set[int]:
    """Return the NUMA nodes of the devices of which a pod has shares, once it runs."""
    ids = devices_of(pod, fleet)
    devices = [
        each for node in fleet.nodes.values() for own in node.devices.values() for each in own
    ]
    return {each.numa for each in devices if each.id in ids}


def choosing_devices(profile: VendorProfile, ids: Iterable[str], wanted: bool) -> dict[str, str]:
    """Return the annotation by which a pod wants just some devices of a vendor, or will not have them.

    Raises:
        DevicesError: pods cannot choose devices of that vendor.
    """
    sharing = profile.sharing
    key = None if sharing is None else (sharing.use_id if wanted else sharing.nouse_id)
    if key is None:
        raise DevicesError(f"pods cannot choose devices of {profile.title}")
    return {key: ",".join(ids)}


def wait_for_annotation(pod: FleetPod, key: str, value: Matcher[object] | str) -> None:
    """Wait until a pod has an annotation of a value."""
    wanted = value if isinstance(value, Matcher) else equal_to(value)
    pod.wait_until(has_jmespath(f'metadata.annotations."{key}"', wanted), f"to have {key}")


def left_to_allocate(pod: FleetPod, fleet: Fleet) -> list[Share]:
    """Return what was chosen for a pod and not given to it yet."""
    annotations = _annotations(pod)
    keys = [each.sharing.to_allocate for each in fleet.vendors if each.sharing is not None]
    lists = [parse_shares(annotations.get(key, "")) for key in keys]
    return [share for containers in lists for shares in containers for share in shares]


def told_node(pod: FleetPod, fleet: Fleet) -> tuple[str | None, int]:
    """Return the node that a pod tells was chosen for it, as the spec calls it, and when, in Unix seconds."""
    annotations = _annotations(pod)
    return fleet.name_of(annotations.get(NODE)), int(annotations.get(TIME, "0"))


def wait_until_held(kube: Kube, fleet: Fleet, node: str, by: str | None) -> None:
    """Wait until a node is held by the binding of a pod, by its name, or by nobody."""

    lock = f'metadata.annotations."{LOCK}"'
    wanted = none() if by is None else ends_with(f",{by}")
    with WatchedObject(kube, "v1", "Node", fleet.nodes[node].full_name) as watched:
        eventually(
            watched,
            has_jmespath(lock, wanted),
            within=SETTLED_SECONDS,
            described_as=f"the simulated node {node} to be held by {by or 'nobody'}",
        )


def hold(fleet: Fleet, node: str) -> None:
    """Have a node be held, for longer than a lock counts, by the binding of a pod that came to no end."""
    since = datetime.now(UTC) - LOCK_TOO_OLD
    fleet.annotate(node, {LOCK: since.strftime("%Y-%m-%dT%H:%M:%SZ")})


def let_down(fleet: Fleet, node: str) -> None:
    """Have it look as if the scheduler had waited too long for an answer of the plugins of a node."""
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


def _annotations(pod: FleetPod) -> dict[str, str]:
    found = pod.read() or {"metadata": {}}
    return dict(found["metadata"].get("annotations") or {})
