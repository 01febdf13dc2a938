"""Deleting a namespace and waiting until it is gone, or saying what blocks it."""

from __future__ import annotations

from collections.abc import Collection

from maidenhair.errors import ApiRefused, WaitTimedOut
from maidenhair.kube.client import Kube
from maidenhair.kube.diagnosis.namespaces import remaining_in, what_blocks
from maidenhair.kube.matchers import is_absent
from maidenhair.kube.run.finalizers import AFTER_FINALIZERS_SECONDS, remove_finalizers_of
from maidenhair.kube.run.labels import RUN_LABEL
from maidenhair.kube.watch.watched import WatchedObject
from maidenhair.waiting import eventually

GONE_SECONDS = 120.0
# Nothing looks at the pods any more, so they need not end in their own time.
POD_GRACE_SECONDS = 1


def delete_namespace(
    kube: Kube, name: str, within: float = GONE_SECONDS, remove_finalizers: bool = False
) -> None:
    """Delete a namespace with all that is in it, and wait until it is gone.

    Args:
        kube: the API.
        name: the namespace; one that is gone already is no error.
        within: seconds until giving up.
        remove_finalizers: whether finalizers that block it then are removed, of objects alone that carry the label of
            the namespace's run; it is told by a warning which.

    Raises:
        WaitTimedOut: it was not gone in time; the text says what blocks it.
        KubernetesError: the API could not be used.
    """
    start_deleting(kube, name)
    wait_until_namespace_gone(kube, name, within, remove_finalizers)


def start_deleting(kube: Kube, name: str, gone: Collection[str] = ()) -> None:
    """Delete a namespace and its pods, without waiting.

    Args:
        kube: the API.
        name: the namespace.
        gone: names of nodes that are gone: no kubelet ends the pods there, and Kubernetes itself takes a minute.
    """
    try:
        kube.delete("v1", "Namespace", name)
    except ApiRefused as refused:
        # It is being deleted, perhaps by another run's sweep.
        if refused.status != 409:
            raise
    try:
        # After the namespace, which by now accepts no new pods.
        kube.delete_all("v1", "Pod", name, grace_period_seconds=POD_GRACE_SECONDS)
        for pod in kube.list("v1", "Pod", name) if gone else ():
            if pod["spec"].get("nodeName") in gone:
                kube.delete("v1", "Pod", pod["metadata"]["name"], name, grace_period_seconds=0)
    except ApiRefused as refused:
        # 404: it is gone by now. 403: our rights in it are gone with their binding, or another account's run made
        # it. The pods then end in their own time.
        if refused.status not in (403, 404, 409):
            raise


def wait_until_namespace_gone(
    kube: Kube, name: str, within: float = GONE_SECONDS, remove_finalizers: bool = False
) -> None:
    """Wait until a namespace that is being deleted is gone; as `delete_namespace`."""
    try:
        _await_gone(kube, name, within)
    except WaitTimedOut:
        if not (remove_finalizers and _remove_finalizers_in(kube, name)):
            raise
        _await_gone(kube, name, AFTER_FINALIZERS_SECONDS)


def _remove_finalizers_in(kube: Kube, name: str) -> list[str]:
    namespace = kube.get("v1", "Namespace", name) or {"metadata": {}}
    run_id = (namespace["metadata"].get("labels") or {}).get(RUN_LABEL)
    return remove_finalizers_of(kube, remaining_in(kube, name)[0], run_id) if run_id else []


def _await_gone(kube: Kube, name: str, within: float) -> None:
    with WatchedObject(kube, "v1", "Namespace", name) as namespace:
        eventually(
            namespace,
            is_absent(),
            within=within,
            described_as=f"Namespace {name} to be gone",
            explain=lambda: what_blocks(kube, name),
        )
