"""Removing the finalizers of a run's own objects, where whoever should have is away."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from maidenhair.errors import ApiRefused
from maidenhair.kube.client import Kube
from maidenhair.kube.objects import Object, described
from maidenhair.kube.run.labels import is_of

AFTER_FINALIZERS_SECONDS = 30.0
"""How long an object may take to be gone once its finalizers are."""


def remove_finalizers_of(kube: Kube, objects: Iterable[Object], run_id: str) -> list[str]:
    """Remove the finalizers of those objects that a run made and that are being deleted, and say by a warning which.

    Args:
        kube: the API.
        objects: the objects; they are looked at anew.
        run_id: the run; what does not carry its label is left alone.

    Returns:
        What had its finalizers removed.
    """
    removed = []
    for each in objects:
        metadata = each["metadata"]
        place = (each["apiVersion"], each["kind"], metadata["name"])
        there = kube.get(*place, metadata.get("namespace"))
        if there is None or not _is_blocked_and_of(there, run_id):
            continue
        finalizers = ", ".join(there["metadata"]["finalizers"])
        # The version lets nobody's change between our look and this one be lost.
        version = there["metadata"]["resourceVersion"]
        without = {"metadata": {"finalizers": None, "resourceVersion": version}}
        try:
            kube.patch(*place, without, metadata.get("namespace"))
        except ApiRefused as refused:
            logging.getLogger(__name__).warning("%s", refused)
            continue
        told = f"{described(there)} (finalizers: {finalizers})"
        logging.getLogger(__name__).warning("removed the finalizers of %s", told)
        removed.append(told)
    return removed


def _is_blocked_and_of(there: Object, run_id: str) -> bool:
    metadata = there["metadata"]
    return (
        is_of(there, run_id)
        and "deletionTimestamp" in metadata
        and bool(metadata.get("finalizers"))
    )
