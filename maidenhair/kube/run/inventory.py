"""The inventory of a spec: its objects are labelled, recorded in order of creation, and removed in reverse order."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from maidenhair.errors import ApiRefused, NotOurs, WaitTimedOut
from maidenhair.kube.client import Kube
from maidenhair.kube.matchers import is_absent
from maidenhair.kube.objects import Object, Objects, display_name, sort_for_apply
from maidenhair.kube.run.finalizers import AFTER_FINALIZERS_SECONDS, remove_finalizers_of
from maidenhair.kube.run.labels import (
    NAMESPACE_LABEL,
    ORDER_ANNOTATION,
    RUN_LABEL,
    belongs_to,
    run_id_of,
)
from maidenhair.kube.run.namespace_deletion import GONE_SECONDS
from maidenhair.waiting import eventually

SETTLE_SECONDS = 5.0
"""Seconds to wait for an object to be gone before the next one is deleted. A longer wait could block both."""
POLL_SECONDS = 0.05


class Inventory:
    """Create and remove the objects of one spec, in its namespace and cluster-scoped.

    Args:
        kube: the API client.
        namespace: the spec's namespace; the default namespace of namespaced objects.
        labels: the ownership labels of the run and the spec.

    Example:
        >>> inventory = Inventory(kube, "default", {"maidenhair.dev/run": "r1"})
        >>> made = inventory.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "colours"}})
        >>> [each["metadata"]["labels"]["maidenhair.dev/run"] for each in inventory.objects]
        ['r1']
    """

    def __init__(self, kube: Kube, namespace: str, labels: Mapping[str, str]) -> None:
        self._kube = kube
        self._namespace = namespace
        self._labels = {**labels, NAMESPACE_LABEL: namespace}
        self._objects: dict[tuple[str, str, str, str], Object] = {}
        self._numbers = itertools.count(1)

    @property
    def objects(self) -> Objects:
        """Return the created objects in order of creation, as the API server returned them."""
        return list(self._objects.values())

    def apply(self, manifest: Mapping[str, Any]) -> Object:
        """Create an object, or update one of the run's objects, and return it.

        Raises:
            NotOurs: an object of this name exists and does not belong to the run.
            KubernetesError: the API could not be used, or refused the object.
        """
        labelled = self._add_labels(manifest)
        self._check_owner(labelled)
        return self._record(self._kube.apply(labelled))

    def apply_all(self, manifests: Iterable[Mapping[str, Any]]) -> Objects:
        """Apply manifests in dependency order and return the objects. Raises like `apply` and `Kube.apply_all`."""
        labelled = [self._add_labels(each) for each in sort_for_apply(manifests)]
        for each in labelled:
            self._check_owner(each)
        return [self._record(each) for each in self._kube.apply_all(labelled)]

    def start_deletion(self) -> None:
        """Delete the objects in reverse order of creation.

        Do nothing if all objects are in the namespace, because they are deleted with it.
        """
        if any(_is_cluster_scoped(each) for each in self._objects.values()):
            start_deletion(self._kube, self.objects[::-1])

    def wait_until_gone(
        self, within: float = GONE_SECONDS, remove_finalizers: bool = False
    ) -> None:
        """Wait until the cluster-scoped objects are gone.

        Args:
            within: seconds for each object.
            remove_finalizers: whether to remove the finalizers of objects that are not gone in time.

        Raises:
            WaitTimedOut: an object was not gone in time; the message names it and its finalizers.
        """
        for each in self.objects[::-1]:
            if _is_cluster_scoped(each):
                wait_until_gone(self._kube, each, within, remove_finalizers)

    def _add_labels(self, manifest: Mapping[str, Any]) -> Object:
        metadata = manifest["metadata"]
        made = {ORDER_ANNOTATION: str(next(self._numbers))}
        ours: Object = {
            **metadata,
            "labels": {**(metadata.get("labels") or {}), **self._labels},
            "annotations": {**(metadata.get("annotations") or {}), **made},
        }
        resource = self._kube.discovery.resource(manifest["apiVersion"], manifest["kind"])
        if resource.namespaced:
            ours.setdefault("namespace", self._namespace)
        return {**manifest, "metadata": ours}

    def _check_owner(self, labelled: Object) -> None:
        """Refuse to apply an object of another owner, because it would be removed with the spec."""
        metadata = labelled["metadata"]
        key = (metadata["name"], metadata.get("namespace"))
        current = self._kube.get(labelled["apiVersion"], labelled["kind"], *key)
        if current is not None and not belongs_to(current, self._labels[RUN_LABEL]):
            raise NotOurs(
                f"apply {display_name(labelled)}: the object exists and does not belong to this run "
                f"(no label {RUN_LABEL}={self._labels[RUN_LABEL]}); use another name"
            )

    def _record(self, made: Object) -> Object:
        metadata = made["metadata"]
        key = (made["apiVersion"], made["kind"], metadata.get("namespace", ""), metadata["name"])
        self._objects.setdefault(key, made)
        return made


def start_deletion(kube: Kube, objects: Sequence[Object]) -> None:
    """Delete objects of runs in this order. Wait up to 5 s for each to be gone before the next is deleted.

    Objects that no longer have their run's label are not deleted.

    Raises:
        KubernetesError: the API could not be used.
    """
    for each in objects:
        if delete_owned(kube, each):
            with suppress(WaitTimedOut):
                _wait_gone(kube, each, SETTLE_SECONDS)


def wait_until_gone(
    kube: Kube, removed: Object, within: float = GONE_SECONDS, remove_finalizers: bool = False
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
        _wait_gone(kube, removed, within)
    except WaitTimedOut:
        if not (remove_finalizers and remove_finalizers_of(kube, [removed], run_id_of(removed))):
            raise
        _wait_gone(kube, removed, AFTER_FINALIZERS_SECONDS)


def delete_owned(kube: Kube, made: Object) -> bool:
    """Delete an object if it still belongs to its run. Return whether it was deleted."""
    metadata = made["metadata"]
    key = (made["apiVersion"], made["kind"], metadata["name"], metadata.get("namespace"))
    current = kube.get(*key)
    if current is None or not belongs_to(current, run_id_of(made)):
        return False
    try:
        kube.delete(*key, uid=current["metadata"]["uid"])
    except ApiRefused as refused:
        # 409: another object of this name replaced it after it was read.
        if refused.status != 409:
            raise
        return False
    return True


def _wait_gone(kube: Kube, removed: Object, within: float) -> None:
    metadata = removed["metadata"]
    key = (removed["apiVersion"], removed["kind"], metadata["name"], metadata.get("namespace"))

    def blocked() -> str:
        current = kube.get(*key)
        finalizers = (current or {}).get("metadata", {}).get("finalizers") or []
        if not finalizers:
            return f"{display_name(removed)} has no finalizers; its deletion is slow or has not started"
        return f"{display_name(removed)} is waiting for finalizers: {', '.join(finalizers)}"

    def still_there() -> Object | None:
        current = kube.get(*key)
        return current if current and current["metadata"]["uid"] == metadata["uid"] else None

    # No watch, because the kind itself may be removed before its objects.
    eventually(
        still_there,
        is_absent(),
        within=within,
        described_as=f"{display_name(removed)} to be gone",
        explain=blocked,
        poll_every=POLL_SECONDS,
    )


def _is_cluster_scoped(made: Object) -> bool:
    return not made["metadata"].get("namespace")
