"""Limits of a namespace: its ResourceQuota and its LimitRange."""

from __future__ import annotations

from collections.abc import Mapping

from hamcrest import all_of, contains_string, equal_to

from maidenhair.errors import ApiRefused
from maidenhair.kube import Kube
from maidenhair.kube.matchers import has_jmespath
from maidenhair.kube.run.inventory import Inventory
from maidenhair.kube.watch.watched import WatchedObject
from maidenhair.waiting import eventually

NAME = "limits"
HONOURED_SECONDS = 30.0
LIMIT_RANGER = "kubernetes.io/limit-ranger"
"""The annotation in which admission says what LimitRanges added to a pod."""


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


def limit_containers(
    kube: Kube, inventory: Inventory, limit: str, amounts: Mapping[str, str]
) -> None:
    """Create a LimitRange for containers in the namespace of a spec, and wait until the API enforces it.

    Args:
        kube: the API.
        inventory: creates the LimitRange.
        limit: "default", for containers that request nothing, or "max".
        amounts: the amount of each resource.

    Raises:
        KubernetesError: the API refused it.
        WaitTimedOut: the API server did not apply it to new pods.
    """
    made = inventory.apply(
        {
            "apiVersion": "v1",
            "kind": "LimitRange",
            "metadata": {"name": f"{NAME}-{limit}"},
            "spec": {"limits": [{"type": "Container", limit: dict(amounts)}]},
        }
    )
    namespace, name = made["metadata"]["namespace"], made["metadata"]["name"]
    # Admission reads LimitRanges from a cache that can lack a new one.
    eventually(
        lambda: _changes_of_limit_ranger(kube, namespace),
        all_of(*map(contains_string, amounts)),
        within=HONOURED_SECONDS,
        described_as=f"LimitRange {namespace}/{name} to be enforced",
    )


def _changes_of_limit_ranger(kube: Kube, namespace: str) -> str:
    """Return the settings that LimitRanges would add to a new pod, or why the API refused the pod.

    The pod follows the Pod Security Standard "restricted", so that only limits can refuse it. A quota that is used up
    refuses it with the resources that LimitRanges have added.
    """
    container = {
        "name": "probe",
        "image": "probe",
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "runAsNonRoot": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"generateName": "probe-", "namespace": namespace},
        "spec": {"containers": [container]},
    }
    try:
        admitted = kube.create(pod, dry_run=True)
    except ApiRefused as refused:
        return str(refused)
    return str(admitted["metadata"].get("annotations", {}).get(LIMIT_RANGER, ""))
