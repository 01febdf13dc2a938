"""The objects of a run's own inventory. Any process of the run creates them; the one that started the run removes them.

The Lease of the run records their kinds, so that the end of a run lists these kinds and no others.
"""

from __future__ import annotations

import hashlib

from maidenhair.errors import ApiRefused, KubernetesError, MaidenhairError
from maidenhair.kube.client import Kube
from maidenhair.kube.objects import Objects
from maidenhair.kube.rbac.permissions import RUN_NAMESPACE
from maidenhair.kube.run import lease
from maidenhair.kube.run.finalized_objects import instances_of
from maidenhair.kube.run.labels import RUN_LABEL, creation_order, owner_of_run, owners_of
from maidenhair.kube.run.removal import Item

KIND_PREFIX = "kind.maidenhair.dev/"
"""Begins the annotations of a Lease that name the kinds of the run's inventory. The value is the version and kind."""


def record_kind(kube: Kube, run_id: str, api_version: str, kind: str) -> None:
    """Record that the inventory of a run has objects of a kind, before the first of them is created.

    Raises:
        KubernetesError: the Lease of the run could not be changed.
    """
    recorded = f"{api_version} {kind}"
    # A digest, because a name of an annotation has at most 63 characters.
    name = KIND_PREFIX + hashlib.sha256(recorded.encode()).hexdigest()[:16]
    kube.patch(
        lease.API_VERSION,
        lease.KIND,
        lease.lease_name(run_id),
        {"metadata": {"annotations": {name: recorded}}},
        RUN_NAMESPACE,
    )


def shared_items(
    kube: Kube, run_id: str, namespace: str
) -> tuple[list[Item], list[MaidenhairError]]:
    """Return the objects of a run's inventory in order of removal, and the errors about kinds that cannot be listed.

    Args:
        kube: the API client.
        run_id: the id of the run.
        namespace: the shared namespace of the run, which is removed with the objects.
    """
    owner = owner_of_run(run_id)
    found: Objects = []
    errors: list[MaidenhairError] = []
    for api_version, kind in _recorded_kinds(kube, run_id):
        try:
            listed = kube.list(api_version, kind, label_selector=RUN_LABEL)
        except KubernetesError as error:
            # 404: the kind is gone, and its objects with it.
            if not (isinstance(error, ApiRefused) and error.status == 404):
                errors.append(error)
            continue
        found += [each for each in listed if owner in owners_of(each)]
    found.sort(key=creation_order, reverse=True)
    items = [Item(each, frozenset({owner})) for each in found]
    return [*instances_of(kube, items, {namespace}), *items], errors


def _recorded_kinds(kube: Kube, run_id: str) -> list[tuple[str, str]]:
    held = kube.get(lease.API_VERSION, lease.KIND, lease.lease_name(run_id), RUN_NAMESPACE) or {}
    annotations = held.get("metadata", {}).get("annotations") or {}
    found = []
    for name, value in annotations.items():
        if name.startswith(KIND_PREFIX):
            api_version, _, kind = value.partition(" ")
            found.append((api_version, kind))
    return found
