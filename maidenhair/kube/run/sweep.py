"""Removing what dead runs left."""

from __future__ import annotations

from collections.abc import Sequence

from maidenhair.errors import WaitTimedOut
from maidenhair.kube.client import Kube
from maidenhair.kube.objects import Object, described
from maidenhair.kube.rbac.permissions import RUN_NAMESPACE
from maidenhair.kube.run import lease
from maidenhair.kube.run.inventory import start_removing, wait_until_gone
from maidenhair.kube.run.leftovers import Leftovers, find_leftovers, namespace_of
from maidenhair.kube.run.namespace_deletion import (
    GONE_SECONDS,
    start_deleting,
    wait_until_namespace_gone,
)
from maidenhair.kube.run.retention import forget


def sweep(kube: Kube, within: float = GONE_SECONDS, remove_finalizers: bool = False) -> list[str]:
    """Remove the leftovers of dead runs, wait until they are gone, and return what they were.

    What carries no run's label, that of a live run, or is kept is not touched; see `find_leftovers`. Several sweeps
    may work at once.

    Args:
        kube: the API.
        within: seconds for the deletion of each namespace.
        remove_finalizers: as `delete_namespace`.

    Raises:
        WaitTimedOut: something was not gone in time; the text says what blocks it.
        KubernetesError: the API could not be used.
    """
    return sweep_found(kube, find_leftovers(kube), within, remove_finalizers)


def sweep_found(
    kube: Kube,
    leftovers: Leftovers,
    within: float = GONE_SECONDS,
    remove_finalizers: bool = False,
) -> list[str]:
    """Remove what `find_leftovers` found, without what is kept; see `sweep`."""
    removed = remove(kube, leftovers.swept, within, remove_finalizers)
    for namespace in leftovers.unkept:
        forget(kube, namespace)
    for run_id in leftovers.ended:
        kube.delete(lease.API_VERSION, lease.KIND, lease.lease_name(run_id), RUN_NAMESPACE)
    return removed


def remove(
    kube: Kube,
    leftovers: Sequence[Object],
    within: float = GONE_SECONDS,
    remove_finalizers: bool = False,
) -> list[str]:
    """Remove objects of runs in this order, wait until they are gone, and return what they were.

    A namespace that was kept is so no longer; the rest as `sweep`.
    """
    namespaces = [each for each in leftovers if each["kind"] == "Namespace"]
    outside = [each for each in leftovers if each["kind"] != "Namespace"]
    start_removing(kube, outside)
    gone = {each["metadata"]["name"] for each in outside if each["kind"] == "Node"}
    for each in namespaces:
        start_deleting(kube, each["metadata"]["name"], gone)
    problems = []
    for each in [*namespaces, *outside]:
        try:
            if each["kind"] == "Namespace":
                name = each["metadata"]["name"]
                wait_until_namespace_gone(kube, name, within, remove_finalizers)
            else:
                wait_until_gone(kube, each, within, remove_finalizers)
        except WaitTimedOut as error:
            # The others are removed all the same.
            problems.append(error)
    if problems:
        raise problems[0]
    for name in {namespace_of(each) for each in namespaces}:
        forget(kube, name)
    return [described(each) for each in leftovers]
