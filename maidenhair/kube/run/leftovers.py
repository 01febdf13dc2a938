"""Find the objects of runs on a cluster, and distinguish leftovers from retained objects and those of live runs."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from hamcrest import empty

from maidenhair.errors import ApiRefused, KubernetesError, WaitTimedOut
from maidenhair.kube.api_resources import Resource
from maidenhair.kube.client import Kube
from maidenhair.kube.objects import Object, Objects
from maidenhair.kube.rbac.permissions import RUN_NAMESPACE
from maidenhair.kube.run import lease
from maidenhair.kube.run.labels import (
    NAMESPACE_LABEL,
    OUTSIDE_LABEL,
    OWNER_PREFIX,
    RETAINED_LABEL,
    RUN_LABEL,
    creation_order,
    owners_of,
    run_id_of,
)
from maidenhair.kube.run.lease import LeaseRecord
from maidenhair.kube.run.retention import retained_namespaces
from maidenhair.kube.watch.watched import WatchedObjects
from maidenhair.waiting import eventually

_LOG = logging.getLogger(__name__)
PARALLEL_REQUESTS = 8
RUNS = f"{RUN_LABEL},!{RETAINED_LABEL}"
"""Selects the Leases of runs, without the marks of retained namespaces."""


@dataclass(frozen=True)
class Leftovers:
    """The objects of runs on a cluster, except those of live runs.

    Attributes:
        removable: the objects that dead runs left, in order of removal: cluster-scoped objects, last created first,
            then namespaces.
        retained: the objects of retained namespaces, of any run, in the same order.
        ended_runs: the ids of dead runs whose Leases still exist.
        stale_marks: the names of namespaces that are marked as retained and no longer exist.
        shared: objects that live runs use and that name, in this tuple, only their dead owners.
    """

    removable: tuple[Object, ...]
    retained: tuple[Object, ...]
    ended_runs: tuple[str, ...] = ()
    stale_marks: tuple[str, ...] = ()
    shared: tuple[Object, ...] = ()

    @property
    def retained_namespaces(self) -> tuple[str, ...]:
        """Return the names of the retained namespaces."""
        return tuple(sorted({name for each in self.retained for name in owner_names(each)}))

    def retained_in(self, namespaces: Iterable[str]) -> tuple[Object, ...]:
        """Return the retained objects of these namespaces, the namespaces included."""
        names = set(namespaces)
        return tuple(
            _owned_by(each, owner_names(each) & names)
            for each in self.retained
            if owner_names(each) & names
        )


def find_leftovers(kube: Kube) -> Leftovers:
    """Find the leftovers of dead runs, and the retained objects.

    A run is dead if its Lease does not exist, or if its process on this machine has ended. A run on another machine is
    dead if its Lease has lapsed and is not renewed for its duration. An object with several owners is a leftover if all
    of its owners are dead. Kinds that cannot be listed are left out, and a warning is logged.

    Args:
        kube: the API client.

    Raises:
        KubernetesError: the API could not be used.
    """
    # Objects before Leases, because a run creates its Lease before all other objects.
    found = sorted(list_run_objects(kube), key=_order, reverse=True)
    marked = retained_namespaces(kube)
    leases = _records(kube.list(lease.API_VERSION, lease.KIND, RUN_NAMESPACE, RUNS))
    runs = {run_id for each in found for run_id in _run_ids(each)}
    dead = _dead(kube, leases) | (runs - leases.keys())
    existing = {spec_namespace(each) for each in found if _is_of_spec(each)}
    retained = marked & existing
    return Leftovers(
        removable=tuple(
            each for each in found if _run_ids(each) <= dead and not owner_names(each) & retained
        ),
        retained=tuple(
            _owned_by(each, owner_names(each) & retained)
            for each in found
            if owner_names(each) & retained
        ),
        ended_runs=tuple(sorted(dead & leases.keys())),
        stale_marks=tuple(sorted(marked - existing)),
        shared=tuple(
            _owned_by(each, names)
            for each in found
            if (names := _dead_owners(each, dead, retained)) and names < owner_names(each)
        ),
    )


def owner_names(labelled: Object) -> set[str]:
    """Return the names of an object's owners: namespaces of specs, and names of runs."""
    owners = owners_of(labelled)
    return set(owners) if owners else {spec_namespace(labelled)}


def spec_namespace(labelled: Object) -> str:
    """Return the name of the spec's namespace to which an object belongs; "" if it has no such label."""
    if _is_of_spec(labelled):
        return str(labelled["metadata"]["name"])
    return str(labelled["metadata"]["labels"].get(NAMESPACE_LABEL, ""))


def list_run_objects(kube: Kube) -> Objects:
    """Return the objects of all runs, dead or live, that are not deleted with the namespace of a spec.

    They are the namespaces, the cluster-scoped objects, and the objects in other namespaces.
    """
    kinds = [each for each in kube.discovery.all() if {"list", "delete"} <= each.verbs]

    def list_kind(resource: Resource) -> Objects:
        selector = f"{RUN_LABEL},{OUTSIDE_LABEL}" if resource.namespaced else RUN_LABEL
        try:
            return kube.list(resource.api_version, resource.kind, label_selector=selector)
        except KubernetesError as error:
            if resource.kind == "Namespace" and resource.api_version == "v1":
                raise
            # 403: the account may not list the kind. 404, 405: the kind has been removed since it was discovered.
            if not isinstance(error, ApiRefused) or error.status not in (403, 404, 405):
                _LOG.warning(
                    "leftovers of kind %s (%s) are not removed, because the kind cannot be listed: %s",
                    resource.kind,
                    resource.api_version,
                    error,
                )
            return []

    with ThreadPoolExecutor(PARALLEL_REQUESTS) as pool:
        return [each for found in pool.map(list_kind, kinds) for each in found]


def _is_of_spec(labelled: Object) -> bool:
    """Return whether an object is the namespace of a spec, and not one that an inventory created."""
    return labelled["kind"] == "Namespace" and not owners_of(labelled)


def _owned_by(labelled: Object, names: set[str]) -> Object:
    """Return an object that names only these owners: those that leave it."""
    metadata = labelled["metadata"]
    annotations = {
        key: value
        for key, value in (metadata.get("annotations") or {}).items()
        if not key.startswith(OWNER_PREFIX) or key.removeprefix(OWNER_PREFIX) in names
    }
    return {**labelled, "metadata": {**metadata, "annotations": annotations}}


def _dead_owners(labelled: Object, dead: set[str], retained: Collection[str]) -> set[str]:
    owners = owners_of(labelled)
    return {name for name, run_id in owners.items() if run_id in dead and name not in retained}


def _run_ids(labelled: Object) -> set[str]:
    return set(owners_of(labelled).values()) or {run_id_of(labelled)}


def _order(labelled: Object) -> tuple[bool, str, int]:
    return not _is_of_spec(labelled), *creation_order(labelled)


def _dead(kube: Kube, leases: Mapping[str, LeaseRecord]) -> set[str]:
    now = datetime.now(UTC)
    dead = set()
    suspects = []
    for run_id, record in leases.items():
        if record.holder is not None and record.holder.is_local():
            if not record.holder.is_alive():
                dead.add(run_id)
        elif record.has_lapsed(now):
            suspects.append(record)
    return dead | _not_renewing(kube, suspects)


def _not_renewing(kube: Kube, suspects: Sequence[LeaseRecord]) -> set[str]:
    """Return the ids of the runs that do not renew their lapsed Leases for the longest of their durations.

    The clock of another machine may be behind, so a lapsed Lease alone does not prove that a run is dead.
    """
    if not suspects:
        return set()
    patience = max(each.duration for each in suspects).total_seconds()
    with WatchedObjects(kube, lease.API_VERSION, lease.KIND, RUN_NAMESPACE, RUNS) as watched:

        def not_renewing() -> set[str]:
            now = _records(watched.read())
            return {each.run_id for each in suspects if now.get(each.run_id, each) == each}

        with suppress(WaitTimedOut):
            eventually(not_renewing, empty(), within=patience)
        return not_renewing()


def _records(leases: Iterable[Object]) -> dict[str, LeaseRecord]:
    records = (LeaseRecord.of(each) for each in leases)
    return {record.run_id: record for record in records}
