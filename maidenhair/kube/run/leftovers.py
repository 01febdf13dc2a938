"""What runs have on a cluster, and which of them is a leftover, kept, or a live run's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from hamcrest import empty

from maidenhair.errors import ApiRefused, WaitTimedOut
from maidenhair.kube.api_resources import Resource
from maidenhair.kube.client import Kube
from maidenhair.kube.objects import Object, Objects
from maidenhair.kube.rbac.permissions import RUN_NAMESPACE
from maidenhair.kube.run import lease
from maidenhair.kube.run.labels import (
    KEPT_LABEL,
    MADE_ANNOTATION,
    NAMESPACE_LABEL,
    RUN_LABEL,
    run_of,
)
from maidenhair.kube.run.lease import LeaseRecord
from maidenhair.kube.run.retention import kept_namespaces
from maidenhair.kube.watch.watched import WatchedObjects
from maidenhair.waiting import eventually

QUESTIONS_AT_ONCE = 8
RUNS = f"{RUN_LABEL},!{KEPT_LABEL}"
"""Selects the Leases by which runs show that they live."""


@dataclass(frozen=True)
class Leftovers:
    """What there is of runs on a cluster, without that of live runs.

    Attributes:
        swept: what dead runs left: what is outside of namespaces first, the last made first, then namespaces.
        kept: in that order, what belongs to namespaces that are kept, of whichever run.
        ended: the dead runs whose Leases are still there.
        unkept: namespaces that are gone and yet marked as kept.
    """

    swept: tuple[Object, ...]
    kept: tuple[Object, ...]
    ended: tuple[str, ...] = ()
    unkept: tuple[str, ...] = ()

    @property
    def kept_namespaces(self) -> tuple[str, ...]:
        """Return the names of the namespaces that are kept."""
        return tuple(sorted({namespace_of(each) for each in self.kept}))

    def of(self, namespaces: Iterable[str]) -> tuple[Object, ...]:
        """Return what is kept with some namespaces."""
        names = set(namespaces)
        return tuple(each for each in self.kept if namespace_of(each) in names)


def find_leftovers(kube: Kube) -> Leftovers:
    """Return what dead runs left, and what is kept.

    A run is dead when its Lease is gone, when its process on this machine is, or, on another machine, when its Lease
    has lapsed and is not renewed while we watch. What an account may not see it leaves to one that may.

    Args:
        kube: the API.

    Raises:
        KubernetesError: the API could not be used.
    """
    # Objects before leases: a run that begins in between has its lease before all else.
    found = sorted(of_runs(kube), key=_made, reverse=True)
    marked = kept_namespaces(kube)
    leases = _records(kube.list(lease.API_VERSION, lease.KIND, RUN_NAMESPACE, RUNS))
    dead = _dead(kube, leases) | ({run_of(each) for each in found} - leases.keys())
    there = {namespace_of(each) for each in found if each["kind"] == "Namespace"}
    kept = marked & there
    return Leftovers(
        swept=tuple(
            each for each in found if run_of(each) in dead and namespace_of(each) not in kept
        ),
        kept=tuple(each for each in found if namespace_of(each) in kept),
        ended=tuple(sorted(dead & leases.keys())),
        unkept=tuple(sorted(marked - there)),
    )


def namespace_of(labelled: Object) -> str:
    """Return the namespace of the spec to which an object outside of namespaces belongs; "" where it does not tell."""
    if labelled["kind"] == "Namespace":
        return str(labelled["metadata"]["name"])
    return str(labelled["metadata"]["labels"].get(NAMESPACE_LABEL, ""))


def of_runs(kube: Kube) -> Objects:
    """Return what runs, dead or live, have outside of namespaces, namespaces included."""
    kinds = [
        each
        for each in kube.discovery.all()
        if not each.namespaced and {"list", "delete"} <= each.verbs
    ]

    def ask(resource: Resource) -> Objects:
        try:
            return kube.list(resource.api_version, resource.kind, label_selector=RUN_LABEL)
        except ApiRefused as refused:
            # Who may not see a kind leaves it to who may; and a kind may go away meanwhile.
            if resource.kind == "Namespace" or refused.status not in (403, 404, 405):
                raise
            return []

    with ThreadPoolExecutor(QUESTIONS_AT_ONCE) as pool:
        return [each for found in pool.map(ask, kinds) for each in found]


def _made(labelled: Object) -> tuple[bool, str, int]:
    metadata = labelled["metadata"]
    made = str((metadata.get("annotations") or {}).get(MADE_ANNOTATION, ""))
    is_outside = labelled["kind"] != "Namespace"
    return is_outside, metadata["creationTimestamp"], int(made) if made.isdecimal() else 0


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
    return dead | _silent(kube, suspects)


def _silent(kube: Kube, suspects: Sequence[LeaseRecord]) -> set[str]:
    """Return the runs that do not renew their lapsed leases while we watch for their duration.

    Another machine's clock may be behind ours: only silence tells.
    """
    if not suspects:
        return set()
    patience = max(each.duration for each in suspects).total_seconds()
    with WatchedObjects(kube, lease.API_VERSION, lease.KIND, RUN_NAMESPACE, RUNS) as watched:

        def silent() -> set[str]:
            now = _records(watched.read())
            return {each.run_id for each in suspects if now.get(each.run_id, each) == each}

        with suppress(WaitTimedOut):
            eventually(silent, empty(), within=patience)
        return silent()


def _records(leases: Iterable[Object]) -> dict[str, LeaseRecord]:
    records = (LeaseRecord.of(each) for each in leases)
    return {record.run_id: record for record in records}
