"""Quotas of the resources that HAMi shares."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from hamcrest import equal_to

from maidenhair.errors import ApiRefused, WaitTimedOut
from maidenhair.kube import Kube
from maidenhair.kube.namespace_limits import limit
from maidenhair.kube.run.inventory import Inventory
from maidenhair.systems.devices.pod_request import Container, Placement, PodRequest
from maidenhair.systems.devices.vendor_profile import vendor_profiles
from maidenhair.waiting import eventually

READ_SECONDS = 15.0
REFUSAL = "exceeding resource quota"


def limit_shares(
    kube: Kube, inventory: Inventory, namespace: str, hard: Mapping[str, str], placement: Placement
) -> None:
    """Create a ResourceQuota in the namespace of a spec, and wait until HAMi has read it.

    HAMi reads quotas a moment after the API. If it refuses no pod for 15 s, return: the specs say what it must refuse.

    Args:
        kube: the API.
        inventory: creates the quota.
        namespace: the namespace.
        hard: the amount of each resource, for example 10000 of `limits.nvidia.com/gpumem`.
        placement: the nodes of the spec's pods.

    Raises:
        KubernetesError: the API refused the quota.
        WaitTimedOut: the controller manager did not report it in the quota's status.
    """
    limit(kube, inventory, hard)
    container = _too_large(hard)
    if container is None:
        return
    manifest = PodRequest([container]).manifest("probe", placement)
    pod = {**manifest, "metadata": {**manifest["metadata"], "namespace": namespace}}

    def is_refused() -> bool:
        try:
            kube.create(pod, dry_run=True)
        except ApiRefused as refused:
            return REFUSAL in str(refused)
        return False

    with suppress(WaitTimedOut):
        eventually(is_refused, equal_to(True), within=READ_SECONDS)


def _too_large(hard: Mapping[str, str]) -> Container | None:
    """Return a container that requests more memory of a device than the quota; None if it limits no such memory."""
    for profile in vendor_profiles().values():
        amount = hard.get(f"limits.{profile.memory_resource}", "")
        if amount.isdigit():
            return Container(
                {profile.resource: "1", str(profile.memory_resource): str(int(amount) + 1)}
            )
    return None
