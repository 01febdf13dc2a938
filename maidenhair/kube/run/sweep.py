"""Remove the leftovers of dead runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from maidenhair.errors import KubernetesError, MaidenhairError
from maidenhair.kube.client import Kube
from maidenhair.kube.objects import Object
from maidenhair.kube.rbac.permissions import RUN_NAMESPACE
from maidenhair.kube.run import lease, retention
from maidenhair.kube.run.finalized_objects import custom_objects_in, instances_of
from maidenhair.kube.run.labels import creation_order, owners_of
from maidenhair.kube.run.leftovers import Leftovers, find_leftovers, spec_namespace
from maidenhair.kube.run.ownership import release
from maidenhair.kube.run.removal import Item, Removal, Times, raise_all

DEFAULT_TIMES = Times()


@dataclass(frozen=True)
class Swept:
    """The result of a sweep.

    Attributes:
        removed: the names of the objects that are gone.
        errors: one error for each object that stays; it names the object and what blocks it.
    """

    removed: tuple[str, ...] = ()
    errors: tuple[MaidenhairError, ...] = ()

    def __add__(self, other: Swept) -> Swept:
        return Swept(self.removed + other.removed, self.errors + other.errors)


def sweep(
    kube: Kube, within: float = DEFAULT_TIMES.gone_within, remove_finalizers: bool = False
) -> list[str]:
    """Remove the leftovers of dead runs, wait until they are gone, and return their names.

    Objects without a run's label, objects of live runs and retained objects are not changed; see `find_leftovers`.
    Several sweeps may run at the same time. An object that cannot be removed does not stop the others.

    Args:
        kube: the API client.
        within: seconds to wait for each object.
        remove_finalizers: see `wait_until_namespace_gone`.

    Raises:
        WaitTimedOut: an object was not gone in time; the message says what blocks it.
        CleanupFailed: several objects remain; the message names each of them and what blocks it.
        KubernetesError: the API could not be used, or refused the deletion of an object.
    """
    times = replace(DEFAULT_TIMES, gone_within=within, remove_finalizers=remove_finalizers)
    swept = remove_leftovers(kube, find_leftovers(kube), times)
    raise_all(swept.errors)
    return list(swept.removed)


def remove_leftovers(kube: Kube, leftovers: Leftovers, times: Times = DEFAULT_TIMES) -> Swept:
    """Remove the objects that `find_leftovers` found, except retained ones. See `sweep`."""
    swept = remove_objects(kube, leftovers.removable, times)
    errors = list(swept.errors)
    for each in leftovers.shared:
        # Otherwise the last live owner would leave it to them.
        _try(errors, partial(release, kube, each, owners_of(each)))
    for namespace in leftovers.stale_marks:
        _try(errors, partial(retention.release, kube, namespace))
    for run_id in leftovers.ended_runs:
        name = lease.lease_name(run_id)
        _try(
            errors,
            partial(kube.delete, lease.API_VERSION, lease.KIND, name, RUN_NAMESPACE),
        )
    return Swept(swept.removed, tuple(errors))


def remove_objects(kube: Kube, leftovers: Sequence[Object], times: Times = DEFAULT_TIMES) -> Swept:
    """Remove objects of runs in this order, and wait until they are gone. See `sweep`.

    Retained namespaces among them lose their marks.
    """
    if not leftovers:
        return Swept()
    of_specs = [each for each in leftovers if each["kind"] == "Namespace" and not owners_of(each)]
    others = [Item.of(each) for each in leftovers if each not in of_specs]
    names = [each["metadata"]["name"] for each in of_specs]
    removal = Removal(kube, times)
    removal.start([*_finalized(kube, others, names), *others])
    nodes = frozenset(
        each.object["metadata"]["name"] for each in others if each.object["kind"] == "Node"
    )
    for name in names:
        removal.start_namespace(name, nodes)
    errors = removal.finish()
    for name in {spec_namespace(each) for each in of_specs}:
        if kube.get("v1", "Namespace", name) is None:
            _try(errors, partial(retention.release, kube, name))
    return Swept(tuple(removal.removed), tuple(errors))


def _finalized(kube: Kube, items: Sequence[Item], namespaces: Sequence[str]) -> list[Item]:
    """Return the objects that wait for operators, which may be among the leftovers themselves."""
    found = [*instances_of(kube, items, namespaces), *custom_objects_in(kube, namespaces)]
    once = {each.object["metadata"].get("uid"): each for each in found}
    return sorted(once.values(), key=lambda each: creation_order(each.object), reverse=True)


def _try(errors: list[MaidenhairError], action: Callable[[], object]) -> None:
    try:
        action()
    except KubernetesError as error:
        errors.append(error)
