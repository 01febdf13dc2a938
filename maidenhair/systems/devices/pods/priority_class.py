"""Priorities of the pods of one spec."""

from __future__ import annotations

from maidenhair.kube.run.inventory import Inventory

VALUE = 1000
"""Pods that name no PriorityClass have 0."""


def priority_class(namespace: str, name: str) -> str:
    """Return the full name of the PriorityClass that a spec calls by a name; the cluster has those of all specs."""
    return f"{namespace}-{name}"


def put_before_others(inventory: Inventory, namespace: str, name: str) -> None:
    """Make a PriorityClass whose pods take the place of pods that name none.

    Args:
        inventory: what the spec makes.
        namespace: the spec's namespace.
        name: the name that the spec calls it by.

    Raises:
        KubernetesError: the API refused it.
    """
    inventory.apply(
        {
            "apiVersion": "scheduling.k8s.io/v1",
            "kind": "PriorityClass",
            "metadata": {"name": priority_class(namespace, name)},
            "value": VALUE,
        }
    )
