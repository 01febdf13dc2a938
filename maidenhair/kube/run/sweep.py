"""Remove the leftovers of dead runs."""

from __future__ import annotations

from collections.abc import Sequence

from maidenhair.errors import WaitTimedOut
from maidenhair.kube.client import Kube
from maidenhair.kube.objects import Object, display_name
from maidenhair.kube.rbac.permissions import RUN_NAMESPACE
from maidenhair.kube.run import lease
from maidenhair.kube.run.inventory import start_deletion, wait_until_gone
from maidenhair.kube.run.leftovers import Leftovers, find_leftovers, spec_namespace
from maidenhair.kube.run.namespace_deletion import (
    GONE_SECONDS,
    start_namespace_deletion,
    wait_until_namespace_gone,
)
from maidenhair.kube.run.retention import release


def sweep(kube: Kube, within: float = GONE_SECONDS, remove_finalizers: bool = False) -> list[str]:
    """Remove the leftovers of dead runs, wait until they are gone, and return their names.

    Objects without a run's label, objects of live runs and retained objects are not changed; see `find_leftovers`.
    Several sweeps may run at the same time.

    Args:
        kube: the API client.
        within: seconds to wait for each object.
        remove_finalizers: see `delete_namespace`.

    Raises:
        WaitTimedOut: an object was not gone in time; the message says what blocks it.
        KubernetesError: the API could not be used.
    """
    return remove_leftovers(kube, find_leftovers(kube), within, remove_finalizers)


def remove_leftovers(
    kube: Kube,
    leftovers: Leftovers,
    within: float = GONE_SECONDS,
    remove_finalizers: bool = False,
) -> list[str]:
    """Remove the objects that `find_leftovers` found, except retained ones. See `sweep`."""
    removed = remove(kube, leftovers.removable, within, remove_finalizers)
    for namespace in leftovers.stale_marks:
        release(kube, namespace)
    for run_id in leftovers.ended_runs:
        kube.delete(lease.API_VERSION, lease.KIND, lease.lease_name(run_id), RUN_NAMESPACE)
    return removed


def remove(
    kube: Kube,
    leftovers: Sequence[Object],
    within: float = GONE_SECONDS,
    remove_finalizers: bool = False,
) -> list[str]:
    """Remove objects of runs in this order, wait until they are gone, and return their names. See `sweep`.

    Retained namespaces among them lose their marks.
    """
    namespaces = [each for each in leftovers if each["kind"] == "Namespace"]
    outside = [each for each in leftovers if each["kind"] != "Namespace"]
    start_deletion(kube, outside)
    gone = {each["metadata"]["name"] for each in outside if each["kind"] == "Node"}
    for each in namespaces:
        start_namespace_deletion(kube, each["metadata"]["name"], gone)
    problems = []
    for each in [*namespaces, *outside]:
        try:
            if each["kind"] == "Namespace":
                name = each["metadata"]["name"]
                wait_until_namespace_gone(kube, name, within, remove_finalizers)
            else:
                wait_until_gone(kube, each, within, remove_finalizers)
        except WaitTimedOut as error:
            # Continue with the other objects.
            problems.append(error)
    if problems:
        raise problems[0]
    for name in {spec_namespace(each) for each in namespaces}:
        release(kube, name)
    return [display_name(each) for each in leftovers]
