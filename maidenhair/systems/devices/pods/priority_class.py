"""The PriorityClasses of one spec."""

from __future__ import annotations

from maidenhair.kube.run.inventory import Inventory

VALUE = 1000
"""The value of every PriorityClass. Pods without a PriorityClass have priority 0."""


def priority_class(namespace: str, name: str) -> str:
    """Return a PriorityClass's name in the cluster. It is unique, because PriorityClasses have no namespace.

    Args:
        namespace: the spec's namespace.
        name: the PriorityClass's name in the spec.
    """
    return f"{namespace}-{name}"


def put_before_others(inventory: Inventory, namespace: str, name: str) -> None:
    """Create a PriorityClass whose pods preempt pods of the default priority.

    Args:
        inventory: the objects of the spec.
        namespace: the spec's namespace.
        name: the PriorityClass's name in the spec.

    Raises:
        KubernetesError: the API refused the PriorityClass.
    """
    inventory.apply(
        {
            "apiVersion": "scheduling.k8s.io/v1",
            "kind": "PriorityClass",
            "metadata": {"name": priority_class(namespace, name)},
            "value": VALUE,
        }
    )
