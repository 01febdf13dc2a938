"""Removing what dead runs left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from hamcrest import empty

from maidenhair.errors import ApiRefused, WaitTimedOut
from maidenhair.kube import lease
from maidenhair.kube.client import Kube
from maidenhair.kube.lease import LeaseRecord
from maidenhair.kube.manifests import Object, Objects, described
from maidenhair.kube.matchers import is_absent
from maidenhair.kube.names import RUN_LABEL
from maidenhair.kube.teardown import GONE_SECONDS, start_deleting, wait_until_namespace_gone
from maidenhair.kube.watching import WatchedObject, WatchedObjects
from maidenhair.waiting import eventually

CLUSTER_KINDS = (
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
    ("rbac.authorization.k8s.io/v1", "ClusterRole"),
    ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"),
    ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"),
    ("gateway.networking.k8s.io/v1", "GatewayClass"),
    ("resource.k8s.io/v1", "ResourceSlice"),
    ("resource.k8s.io/v1", "DeviceClass"),
    ("scheduling.k8s.io/v1", "PriorityClass"),
    ("storage.k8s.io/v1", "StorageClass"),
    ("v1", "PersistentVolume"),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
)
"""Kinds outside of namespaces that specs create, those first that others depend on."""


def sweep(kube: Kube, within: float = GONE_SECONDS) -> list[str]:
    """Remove the leftovers of dead runs, wait until they are gone, and return what they were.

    A run is dead when its Lease is gone, when its process on this machine is, or, on another
    machine, when its Lease has lapsed and is not renewed while we watch. What carries no run's
    label, or that of a live run, is not touched. Several sweeps may work at once. An account that may not see a
    kind outside of namespaces leaves it to the next sweep of one that may.

    Args:
        kube: the API.
        within: seconds for the deletion of each namespace.

    Raises:
        WaitTimedOut: a namespace was not gone in time; the text says what blocks it.
        KubernetesError: the API could not be used.
    """
    # Leftovers before leases: a run that begins in between has its lease before all else.
    leftovers = _leftover_candidates(kube)
    leases = _records(kube.list(lease.API_VERSION, lease.KIND, lease.NAMESPACE, RUN_LABEL))
    dead = _dead(kube, leases) | ({_run_of(each) for each in leftovers} - leases.keys())
    removed = _remove(kube, [each for each in leftovers if _run_of(each) in dead], within)
    for run_id in sorted(dead & leases.keys()):
        kube.delete(lease.API_VERSION, lease.KIND, lease.lease_name(run_id), lease.NAMESPACE)
    return removed


def _leftover_candidates(kube: Kube) -> Objects:
    """Return what runs, dead or live, have outside of namespaces, namespaces first."""
    found = kube.list("v1", "Namespace", label_selector=RUN_LABEL)
    for api_version, kind in CLUSTER_KINDS:
        try:
            found += kube.list(api_version, kind, label_selector=RUN_LABEL)
        except ApiRefused as refused:
            # A cluster need not serve every kind; and who may not see one leaves it to who may.
            if refused.status not in (403, 404):
                raise
    return found


def _dead(kube: Kube, leases: Mapping[str, LeaseRecord]) -> set[str]:
    now = datetime.now(UTC)
    dead = set()
    suspects = []
    for run_id, record in leases.items():
        if record.holder is not None and record.holder.is_local():
            if not record.holder.lives():
                dead.add(run_id)
        elif record.has_lapsed(now):
            suspects.append(record)
    return dead | _silent(kube, suspects)


def _silent(kube: Kube, suspects: Sequence[LeaseRecord]) -> set[str]:
    """Return the runs that do not renew their lapsed leases while we watch for their duration.

    Another machine's clock may be behind ours: only silence tells.
    """
    if not suspects:
        return set()
    patience = max(each.duration for each in suspects).total_seconds()
    with WatchedObjects(kube, lease.API_VERSION, lease.KIND, lease.NAMESPACE, RUN_LABEL) as watched:

        def silent() -> set[str]:
            now = _records(watched.read())
            return {each.run_id for each in suspects if now.get(each.run_id, each) == each}

        with suppress(WaitTimedOut):
            eventually(silent, empty(), within=patience)
        return silent()


def _remove(kube: Kube, leftovers: Sequence[Object], within: float) -> list[str]:
    problems = []
    for each in leftovers:
        _start(kube, each)
    for each in leftovers:
        try:
            _wait_until_gone(kube, each, within)
        except WaitTimedOut as error:
            # The others are removed all the same.
            problems.append(error)
    if problems:
        raise problems[0]
    return [described(each) for each in leftovers]


def _start(kube: Kube, leftover: Object) -> None:
    name = leftover["metadata"]["name"]
    if leftover["kind"] == "Namespace":
        start_deleting(kube, name)
    else:
        kube.delete(leftover["apiVersion"], leftover["kind"], name)


def _wait_until_gone(kube: Kube, leftover: Object, within: float) -> None:
    api_version, kind = leftover["apiVersion"], leftover["kind"]
    name = leftover["metadata"]["name"]
    if kind == "Namespace":
        wait_until_namespace_gone(kube, name, within)
        return
    with WatchedObject(kube, api_version, kind, name) as watched:
        what = f"{described(leftover)} to be gone"
        eventually(watched, is_absent(), within=within, described_as=what)


def _records(leases: Iterable[Object]) -> dict[str, LeaseRecord]:
    records = (LeaseRecord.of(each) for each in leases)
    return {record.run_id: record for record in records}


def _run_of(labelled: Object) -> str:
    return str(labelled["metadata"]["labels"][RUN_LABEL])
