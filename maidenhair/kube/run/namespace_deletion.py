"""Deleting a namespace and waiting until it is gone, or saying what blocks it."""

from __future__ import annotations

from collections.abc import Collection

from maidenhair.errors import ApiRefused, HeldByOthers, WaitStopped, WaitTimedOut
from maidenhair.kube.client import Kube
from maidenhair.kube.diagnosis.namespaces import describe_blockers, remaining_in
from maidenhair.kube.matchers import is_absent
from maidenhair.kube.run.finalizers import AFTER_FINALIZERS_SECONDS, remove_finalizers_of
from maidenhair.kube.run.foreign_breakage import describe_foreign_breakage
from maidenhair.kube.run.labels import RUN_LABEL
from maidenhair.kube.watch.watched import WatchedObject
from maidenhair.waiting import eventually

GONE_SECONDS = 120.0
"""Seconds for a namespace or an object to be gone. Slow operators take minutes."""
# Short, because nothing depends on the pods any more.
POD_GRACE_SECONDS = 1


def start_namespace_deletion(kube: Kube, name: str, gone: Collection[str] = ()) -> None:
    """Start to delete a namespace and its pods. Do not wait.

    Args:
        kube: the API client.
        name: the namespace.
        gone: names of deleted nodes. Their pods are deleted by force, because no kubelet terminates them and Kubernetes
            takes a minute to remove them.
    """
    try:
        kube.delete("v1", "Namespace", name)
    except ApiRefused as refused:
        # 409: it is already being deleted, for example by another run's sweep.
        if refused.status != 409:
            raise
    try:
        # After the namespace, because a terminating namespace accepts no new pods.
        kube.delete_all("v1", "Pod", name, grace_period_seconds=POD_GRACE_SECONDS)
        for pod in kube.list("v1", "Pod", name) if gone else ():
            if pod["spec"].get("nodeName") in gone:
                kube.delete("v1", "Pod", pod["metadata"]["name"], name, grace_period_seconds=0)
    except ApiRefused as refused:
        # 404: the namespace is gone. 403: the account's binding in it is gone, or another account's run created it.
        # The pods then terminate with their own grace period.
        if refused.status not in (403, 404, 409):
            raise


def wait_until_namespace_gone(
    kube: Kube, name: str, within: float = GONE_SECONDS, remove_finalizers: bool = False
) -> None:
    """Wait until a namespace that is being deleted is gone.

    Args:
        kube: the API client.
        name: the namespace; it need not exist.
        within: seconds to wait.
        remove_finalizers: whether to remove finalizers if it is not gone in time. Only objects with the label of the
            namespace's run are changed; a warning is logged for each.

    Raises:
        WaitTimedOut: the namespace was not gone in time; the message lists the objects that block it.
        HeldByOthers: the namespace is empty, and APIs that no run created keep Kubernetes from deleting it.
        KubernetesError: the API could not be used.
    """
    try:
        _wait_gone(kube, name, within)
    except WaitTimedOut:
        if not (remove_finalizers and _remove_finalizers_in(kube, name)):
            raise
        _wait_gone(kube, name, AFTER_FINALIZERS_SECONDS)


def _remove_finalizers_in(kube: Kube, name: str) -> list[str]:
    namespace = kube.get("v1", "Namespace", name) or {"metadata": {}}
    run_id = (namespace["metadata"].get("labels") or {}).get(RUN_LABEL)
    return remove_finalizers_of(kube, remaining_in(kube, name)[0], run_id) if run_id else []


def _wait_gone(kube: Kube, name: str, within: float) -> None:
    with WatchedObject(kube, "v1", "Namespace", name) as namespace:

        def foreign_breakage() -> str | None:
            current = namespace.read()
            return None if current is None else describe_foreign_breakage(kube, current)

        try:
            eventually(
                namespace,
                is_absent(),
                within=within,
                described_as=f"Namespace {name} to be gone",
                explain=lambda: describe_blockers(kube, name),
                stop_when=[foreign_breakage],
            )
        except WaitStopped as stopped:
            raise HeldByOthers(
                f"Namespace {name} is empty, but Kubernetes cannot finish its deletion because of APIs that no run "
                f"created: {foreign_breakage()}; repair or delete them, and the namespace goes by itself"
            ) from stopped
