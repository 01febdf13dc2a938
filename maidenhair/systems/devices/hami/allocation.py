"""A device plugin's part where HAMi shares devices: take what was chosen for a pod, and say that it was given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from maidenhair.systems.devices.hami.protocol import (
    ALLOCATING,
    BIND_PHASE,
    LOCK,
    SUCCESS,
    Share,
    parse_shares,
    shares_text,
)
from maidenhair.systems.devices.vendor_profile import VendorProfile

Annotations = Mapping[str, str]


class PodsAndNodes(Protocol):
    """What an allocation changes; `maidenhair.kube.Kube` does."""

    def get(
        self, api_version: str, kind: str, name: str, namespace: str | None = None
    ) -> dict[str, Any] | None:
        """Return an object, or None where there is none of that name."""

    def patch(
        self,
        api_version: str,
        kind: str,
        name: str,
        body: Mapping[str, Any],
        namespace: str | None = None,
    ) -> dict[str, Any]:
        """Merge `body` into an object (None removes a field) and return the object."""


@dataclass(frozen=True)
class Allocation:
    """What the next container of a pod gets.

    Attributes:
        shares: of each device the share.
        annotations: how the pod's annotations change by it.
        is_last: whether no other container of the pod is to get anything.
    """

    shares: tuple[Share, ...]
    annotations: dict[str, str]
    is_last: bool


def is_being_bound(annotations: Annotations | None) -> bool:
    """Return whether a pod of these annotations waits for the devices that were chosen for it."""
    return (annotations or {}).get(BIND_PHASE) == ALLOCATING


def next_allocation(
    profile: VendorProfile, annotations: Annotations, others: Iterable[VendorProfile] = ()
) -> Allocation | None:
    """Return what the next container of a pod gets of a vendor; None where none is to get any.

    Args:
        profile: the vendor, whose devices HAMi shares.
        annotations: the pod's annotations.
        others: other vendors, whose devices the pod may have to get as well.

    Raises:
        DevicesError: the annotations list no devices that could be read.
    """
    sharing = profile.sharing
    if sharing is None:
        return None
    waiting = parse_shares(annotations.get(sharing.to_allocate, ""))
    place = next((place for place, shares in enumerate(waiting) if shares), None)
    if place is None:
        return None
    shares = waiting[place]
    left = [*waiting[:place], [], *waiting[place + 1 :]]
    is_last = not any(left) and not any(_waits(other, annotations) for other in others)
    changed = {sharing.to_allocate: shares_text(left)}
    if sharing.allocated not in annotations:
        changed[sharing.allocated] = annotations[sharing.to_allocate]
    if is_last:
        changed[BIND_PHASE] = SUCCESS
    return Allocation(tuple(shares), changed, is_last)


def allocate(
    api: PodsAndNodes,
    pod: Mapping[str, Any],
    profile: VendorProfile,
    others: Iterable[VendorProfile] = (),
) -> Allocation | None:
    """Give the next container of a pod what was chosen for it; after the last one the node's lock is released.

    Args:
        api: what is changed.
        pod: the pod as the API has it; it is bound to its node.
        profile: the vendor.
        others: other vendors, whose devices the pod may have to get as well.

    Raises:
        DevicesError: the pod's annotations list no devices that could be read.
        KubernetesError: the API could not be used.
    """
    metadata = pod["metadata"]
    found = next_allocation(profile, metadata.get("annotations") or {}, others)
    if found is None:
        return None
    changed = {"metadata": {"annotations": found.annotations}}
    api.patch("v1", "Pod", metadata["name"], changed, metadata["namespace"])
    if found.is_last:
        release(api, pod["spec"]["nodeName"], metadata["namespace"], metadata["name"])
    return found


def release(api: PodsAndNodes, node: str, namespace: str, pod: str) -> None:
    """Release the lock of a node, if it is this pod's; do nothing else.

    Raises:
        KubernetesError: the API could not be used.
    """
    found = api.get("v1", "Node", node)
    if found is None:
        return
    lock = (found["metadata"].get("annotations") or {}).get(LOCK)
    if lock is None or (lock.count(",") == 2 and not lock.endswith(f",{namespace},{pod}")):
        return
    api.patch("v1", "Node", node, {"metadata": {"annotations": {LOCK: None}}})


def _waits(profile: VendorProfile, annotations: Annotations) -> bool:
    sharing = profile.sharing
    return sharing is not None and any(parse_shares(annotations.get(sharing.to_allocate, "")))
