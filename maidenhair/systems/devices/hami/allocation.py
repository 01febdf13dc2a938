"""The device plugin's side of HAMi's protocol: allocate the shares that HAMi chose for a pod, and record that."""

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
from maidenhair.systems.devices.vendor_profile import Sharing, VendorProfile

Annotations = Mapping[str, str]


class PodsAndNodes(Protocol):
    """The part of an API client that allocations use; `maidenhair.kube.Kube` implements it."""

    def get(
        self, api_version: str, kind: str, name: str, namespace: str | None = None
    ) -> dict[str, Any] | None:
        """Return an object, or None if there is none of that name."""

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
    """The shares that the next container of a pod gets.

    Attributes:
        shares: the share of each device.
        annotations: the changes of the pod's annotations that record the allocation.
        is_last: whether every container of the pod then has all its shares.
    """

    shares: tuple[Share, ...]
    annotations: dict[str, str]
    is_last: bool


def is_being_bound(annotations: Annotations | None) -> bool:
    """Return whether a pod with these annotations waits for device plugins to allocate its devices."""
    return (annotations or {}).get(BIND_PHASE) == ALLOCATING


def next_allocation(
    profile: VendorProfile, annotations: Annotations, others: Iterable[VendorProfile] = ()
) -> Allocation | None:
    """Return the shares of a vendor's devices that the next container of a pod gets.

    Args:
        profile: the vendor.
        annotations: the pod's annotations.
        others: the other vendors whose devices HAMi may have chosen for the pod.

    Returns:
        The allocation; None if no container waits for devices of the vendor.

    Raises:
        DevicesError: an annotation is malformed.
    """
    sharing = profile.sharing
    if sharing is None:
        return None
    if not sharing.to_allocate:
        return _without_list(sharing, annotations, others)
    waiting = parse_shares(annotations.get(sharing.to_allocate, ""))
    index = next((index for index, shares in enumerate(waiting) if shares), None)
    if index is None:
        return None
    shares = waiting[index]
    left = [*waiting[:index], [], *waiting[index + 1 :]]
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
    """Allocate the shares of the next container of a pod. After the last container, release the node's lock.

    Args:
        api: the API.
        pod: the current pod, which is bound to a node.
        profile: the vendor.
        others: the other vendors whose devices HAMi may have chosen for the pod.

    Returns:
        The allocation; None if no container waits for devices of the vendor.

    Raises:
        DevicesError: an annotation of the pod is malformed.
        KubernetesError: the API refused a request, or did not answer.
    """
    metadata = pod["metadata"]
    found = next_allocation(profile, metadata.get("annotations") or {}, others)
    if found is None:
        return None
    changed = {"metadata": {"annotations": found.annotations}}
    api.patch("v1", "Pod", metadata["name"], changed, metadata["namespace"])
    if found.is_last:
        names = pod["spec"]["nodeName"], metadata["namespace"], metadata["name"]
        for lock in _locks((profile, *others), metadata.get("annotations") or {}):
            release(api, *names, lock)
    return found


def release(api: PodsAndNodes, node: str, namespace: str, pod: str, annotation: str = LOCK) -> None:
    """Release the lock of a node if this pod holds it, or if the lock names no pod.

    Args:
        api: the API.
        node: the node's name.
        namespace: the pod's namespace.
        pod: the pod's name.
        annotation: the annotation that locks the node.

    Raises:
        KubernetesError: the API refused a request, or did not answer.
    """
    found = api.get("v1", "Node", node)
    if found is None:
        return
    lock = (found["metadata"].get("annotations") or {}).get(annotation)
    if lock is None or (lock.count(",") == 2 and not lock.endswith(f",{namespace},{pod}")):
        return
    api.patch("v1", "Node", node, {"metadata": {"annotations": {annotation: None}}})


def _without_list(
    sharing: Sharing, annotations: Annotations, others: Iterable[VendorProfile]
) -> Allocation | None:
    """Return the allocation of a vendor for which HAMi lists only what is allocated."""
    if sharing.allocated not in annotations or not is_being_bound(annotations):
        return None
    if any(_waits(other, annotations) for other in others):
        return None
    return Allocation((), {BIND_PHASE: SUCCESS}, True)


def _locks(profiles: Iterable[VendorProfile], annotations: Annotations) -> set[str]:
    """Return the annotations that lock a node for the vendors whose devices a pod has."""
    sharings = [each.sharing for each in profiles if each.sharing is not None]
    return {
        each.lock
        for each in sharings
        if each.lock and (each.allocated in annotations or each.to_allocate in annotations)
    }


def _waits(profile: VendorProfile, annotations: Annotations) -> bool:
    sharing = profile.sharing
    return sharing is not None and any(parse_shares(annotations.get(sharing.to_allocate, "")))
