"""Remove finalizers of a run's own objects that their controllers do not remove."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from maidenhair.errors import ApiRefused
from maidenhair.kube.client import Kube
from maidenhair.kube.objects import Object, display_name
from maidenhair.kube.run.labels import belongs_to, owners_of

AFTER_FINALIZERS_SECONDS = 30.0
"""Seconds for an object to be gone after its finalizers were removed."""


def remove_finalizers_of(kube: Kube, objects: Iterable[Object], run_id: str) -> list[str]:
    """Remove the finalizers of objects that are being deleted and belong to a run. Log a warning for each.

    Args:
        kube: the API client.
        objects: the objects; their current state is read from the API.
        run_id: the id of the run. Objects without its label are left unchanged.

    Returns:
        The names and finalizers of the changed objects.
    """
    removed = []
    for each in objects:
        metadata = each["metadata"]
        key = (each["apiVersion"], each["kind"], metadata["name"])
        current = kube.get(*key, metadata.get("namespace"))
        if current is None or not _is_blocked(current, run_id):
            continue
        finalizers = ", ".join(current["metadata"]["finalizers"])
        # With the resource version the patch fails if the object has changed since it was read.
        version = current["metadata"]["resourceVersion"]
        without = {"metadata": {"finalizers": None, "resourceVersion": version}}
        try:
            kube.patch(*key, without, metadata.get("namespace"))
        except ApiRefused as refused:
            logging.getLogger(__name__).warning("%s", refused)
            continue
        description = f"{display_name(current)} (finalizers: {finalizers})"
        logging.getLogger(__name__).warning("removed the finalizers of %s", description)
        removed.append(description)
    return removed


def waits_for_operator(current: Object) -> bool:
    """Return whether an object has a finalizer that an operator must remove, or is a CustomResourceDefinition.

    Kubernetes' own controllers handle the other finalizers, whatever else is deleted.
    """
    finalizers = current["metadata"].get("finalizers") or []
    return any(not _is_of_kubernetes(str(each)) for each in finalizers)


def _is_of_kubernetes(finalizer: str) -> bool:
    domain, _, _ = finalizer.rpartition("/")
    if not domain:
        return finalizer in ("foregroundDeletion", "orphan", "kubernetes")
    return domain == "kubernetes.io" or domain.endswith(".kubernetes.io")


def _is_blocked(current: Object, run_id: str) -> bool:
    metadata = current["metadata"]
    return (
        (belongs_to(current, run_id) or run_id in owners_of(current).values())
        and "deletionTimestamp" in metadata
        and bool(metadata.get("finalizers"))
    )
