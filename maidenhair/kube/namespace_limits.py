"""Limits of a namespace: its ResourceQuota and its LimitRange."""

from __future__ import annotations

from collections.abc import Mapping

from hamcrest import equal_to

from maidenhair.kube import Kube
from maidenhair.kube.matchers import has_jmespath
from maidenhair.kube.run.inventory import Inventory
from maidenhair.kube.watch.watched import WatchedObject
from maidenhair.waiting import eventually

NAME = "limits"
HONOURED_SECONDS = 30.0


def limit(kube: Kube, inventory: Inventory, hard: Mapping[str, str]) -> None:
    """Create a ResourceQuota in the namespace of a spec, and wait until the API enforces it.

    Args:
        kube: the API.
        inventory: creates the quota.
        hard: the amount of each resource, for example 2 of `requests.nvidia.com/gpu`.

    Raises:
        KubernetesError: the API refused it.
        WaitTimedOut: the controller manager did not report it in the quota's status.
    """
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": NAME}}
    made = inventory.apply({**quota, "spec": {"hard": dict(hard)}})
    namespace, noticed = made["metadata"]["namespace"], made["spec"]["hard"]
    with WatchedObject(kube, "v1", "ResourceQuota", NAME, namespace) as watched:
        # Admission lets everything pass until the quota's status says how much there may be.
        eventually(
            watched,
            has_jmespath("status.hard", equal_to(noticed)),
            within=HONOURED_SECONDS,
            described_as=f"ResourceQuota {namespace}/{NAME} to be enforced",
        )


def limit_containers(inventory: Inventory, limit: str, amounts: Mapping[str, str]) -> None:
    """Create a LimitRange for containers in the namespace of a spec.

    Args:
        inventory: creates the LimitRange.
        limit: "default", for containers that request nothing, or "max".
        amounts: the amount of each resource.

    Raises:
        KubernetesError: the API refused it.
    """
    inventory.apply(
        {
            "apiVersion": "v1",
            "kind": "LimitRange",
            "metadata": {"name": f"{NAME}-{limit}"},
            "spec": {"limits": [{"type": "Container", limit: dict(amounts)}]},
        }
    )
