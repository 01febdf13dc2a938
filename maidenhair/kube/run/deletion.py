"""The deletion of one object: its key, its finalizers, and the wait until it is gone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maidenhair.errors import ApiRefused, WaitTimedOut
from maidenhair.kube.client import Kube
from maidenhair.kube.matchers import is_absent
from maidenhair.kube.objects import Object, conditions, display_name
from maidenhair.kube.run.finalizers import AFTER_FINALIZERS_SECONDS, remove_finalizers_of
from maidenhair.kube.run.labels import run_id_of
from maidenhair.waiting import eventually

POLL_SECONDS = 0.05
Key = tuple[str, str, str, str | None]


def key_of(each: Mapping[str, Any]) -> Key:
    """Return the API version, kind, name and namespace of an object."""
    metadata = each["metadata"]
    return each["apiVersion"], each["kind"], metadata["name"], metadata.get("namespace")


def current_state(kube: Kube, each: Object) -> Object | None:
    """Return the current state of an object, or None if it does not exist or its kind is no longer served."""
    try:
        return kube.get(*key_of(each))
    except ApiRefused as refused:
        if refused.status == 404:
            return None
        raise


def wait_until_gone(
    kube: Kube, removed: Object, within: float, remove_finalizers: bool = False
) -> None:
    """Wait until an object that is being deleted is gone.

    Args:
        kube: the API client.
        removed: the object.
        within: seconds to wait.
        remove_finalizers: whether to remove its finalizers if it is not gone in time.

    Raises:
        WaitTimedOut: the object was not gone in time; the message names its finalizers.
    """
    try:
        wait_gone(kube, removed, within)
    except WaitTimedOut:
        if not (remove_finalizers and remove_finalizers_of(kube, [removed], run_id_of(removed))):
            raise
        wait_gone(kube, removed, AFTER_FINALIZERS_SECONDS)


def wait_gone(kube: Kube, removed: Object, within: float) -> None:
    """Wait until an object is gone, or replaced by another one of its name.

    Raises:
        WaitTimedOut: the object was not gone in time; the message names its finalizers.
    """

    def still_there() -> Object | None:
        current = current_state(kube, removed)
        return current if current and _uid(current) == _uid(removed) else None

    # No watch, because the kind itself may be removed before its objects.
    eventually(
        still_there,
        is_absent(),
        within=within,
        described_as=f"{display_name(removed)} to be gone",
        explain=lambda: _describe_blocker(kube, removed),
        poll_every=POLL_SECONDS,
    )


def _uid(each: Object) -> str | None:
    uid: str | None = each["metadata"].get("uid")
    return uid


def _describe_blocker(kube: Kube, removed: Object) -> str:
    current = current_state(kube, removed) or {}
    finalizers = current.get("metadata", {}).get("finalizers") or []
    if not finalizers:
        return f"{display_name(removed)} has no finalizers; its deletion is slow or has not started"
    described = f"{display_name(removed)} is waiting for finalizers: {', '.join(finalizers)}"
    terminating = [each for each in conditions(current) if each.get("type") == "Terminating"]
    return "; ".join([described, *(str(each.get("message", "")) for each in terminating)])
