"""What a spec makes: labelled as its own, written down in order, and removed in reverse."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from maidenhair.errors import ApiRefused, NotOurs, WaitTimedOut
from maidenhair.kube.client import Kube
from maidenhair.kube.matchers import is_absent
from maidenhair.kube.objects import Object, Objects, described, in_order
from maidenhair.kube.run.finalizers import AFTER_FINALIZERS_SECONDS, remove_finalizers_of
from maidenhair.kube.run.labels import MADE_ANNOTATION, NAMESPACE_LABEL, RUN_LABEL, is_of, run_of
from maidenhair.kube.run.namespace_deletion import GONE_SECONDS
from maidenhair.waiting import eventually

SETTLE_SECONDS = 5.0
"""How long what was made before an object waits for it to be gone; then it may be what the object waits for."""
POLL_SECONDS = 0.05


class Inventory:
    """What one spec makes through it, in its namespace and outside of namespaces.

    Args:
        kube: the API.
        namespace: the spec's namespace, where namespaced objects go that name none.
        labels: what says which run and spec own what is made.
    """

    def __init__(self, kube: Kube, namespace: str, labels: Mapping[str, str]) -> None:
        self._kube = kube
        self._namespace = namespace
        self._labels = {**labels, NAMESPACE_LABEL: namespace}
        self._made: dict[tuple[str, str, str, str], Object] = {}
        self._numbers = itertools.count(1)

    @property
    def made(self) -> Objects:
        """Return what was made, the first first; of each its apiVersion, kind, metadata and what the API said."""
        return list(self._made.values())

    def apply(self, manifest: Mapping[str, Any]) -> Object:
        """Make an object, or change one that the spec made, and return it.

        Raises:
            NotOurs: there is such an object, and the run did not make it.
            KubernetesError: the API refused it.
        """
        labelled = self._labelled(manifest)
        self._check(labelled)
        return self._note(self._kube.apply(labelled))

    def apply_all(self, manifests: Iterable[Mapping[str, Any]]) -> Objects:
        """Make several objects, those first that others need; raises like `apply` and `Kube.apply_all`."""
        labelled = [self._labelled(each) for each in in_order(manifests)]
        for each in labelled:
            self._check(each)
        return [self._note(each) for each in self._kube.apply_all(labelled)]

    def start_removing(self) -> None:
        """Delete what was made, the last first; do nothing where it is all in the namespace, and goes with that."""
        if any(_is_outside(each) for each in self._made.values()):
            start_removing(self._kube, self.made[::-1])

    def wait_until_gone(
        self, within: float = GONE_SECONDS, remove_finalizers: bool = False
    ) -> None:
        """Wait until what is outside of the namespace is gone.

        Args:
            within: seconds for each.
            remove_finalizers: whether the finalizers of what is not gone then are removed.

        Raises:
            WaitTimedOut: something was not gone in time; the text names it and its finalizers.
        """
        for each in self.made[::-1]:
            if _is_outside(each):
                wait_until_gone(self._kube, each, within, remove_finalizers)

    def _labelled(self, manifest: Mapping[str, Any]) -> Object:
        metadata = manifest["metadata"]
        made = {MADE_ANNOTATION: str(next(self._numbers))}
        ours: Object = {
            **metadata,
            "labels": {**(metadata.get("labels") or {}), **self._labels},
            "annotations": {**(metadata.get("annotations") or {}), **made},
        }
        resource = self._kube.discovery.resource(manifest["apiVersion"], manifest["kind"])
        if resource.namespaced:
            ours.setdefault("namespace", self._namespace)
        return {**manifest, "metadata": ours}

    def _check(self, labelled: Object) -> None:
        """Refuse to take an object over: it would be removed with the spec."""
        metadata = labelled["metadata"]
        place = (metadata["name"], metadata.get("namespace"))
        there = self._kube.get(labelled["apiVersion"], labelled["kind"], *place)
        if there is not None and not is_of(there, self._labels[RUN_LABEL]):
            raise NotOurs(
                f"apply {described(labelled)}: it is there already, and this run did not make it: it lacks the label "
                f"{RUN_LABEL}={self._labels[RUN_LABEL]}; give the spec's object a name of its own"
            )

    def _note(self, made: Object) -> Object:
        metadata = made["metadata"]
        key = (made["apiVersion"], made["kind"], metadata.get("namespace", ""), metadata["name"])
        self._made.setdefault(key, made)
        return made


def start_removing(kube: Kube, objects: Sequence[Object]) -> None:
    """Delete objects of runs in this order, each once the one before it is gone or takes its time.

    Only what still carries its run's label is deleted, and no namesake of it.

    Raises:
        KubernetesError: the API could not be used.
    """
    for each in objects:
        if delete_ours(kube, each):
            with suppress(WaitTimedOut):
                _await(kube, each, SETTLE_SECONDS)


def wait_until_gone(
    kube: Kube, removed: Object, within: float = GONE_SECONDS, remove_finalizers: bool = False
) -> None:
    """Wait until an object that is being deleted is gone.

    Args:
        kube: the API.
        removed: the object.
        within: seconds until giving up.
        remove_finalizers: whether its finalizers are removed then.

    Raises:
        WaitTimedOut: it was not gone in time; the text names its finalizers.
    """
    try:
        _await(kube, removed, within)
    except WaitTimedOut:
        if not (remove_finalizers and remove_finalizers_of(kube, [removed], run_of(removed))):
            raise
        _await(kube, removed, AFTER_FINALIZERS_SECONDS)


def delete_ours(kube: Kube, made: Object) -> bool:
    """Delete an object of a run, unless another took its place; return whether there was one to delete."""
    metadata = made["metadata"]
    place = (made["apiVersion"], made["kind"], metadata["name"], metadata.get("namespace"))
    there = kube.get(*place)
    if there is None or not is_of(there, run_of(made)):
        return False
    try:
        kube.delete(*place, uid=there["metadata"]["uid"])
    except ApiRefused as refused:
        # Another took its place since we looked.
        if refused.status != 409:
            raise
        return False
    return True


def _await(kube: Kube, removed: Object, within: float) -> None:
    metadata = removed["metadata"]
    place = (removed["apiVersion"], removed["kind"], metadata["name"], metadata.get("namespace"))

    def blocked() -> str:
        there = kube.get(*place)
        finalizers = (there or {}).get("metadata", {}).get("finalizers") or []
        if not finalizers:
            return f"{described(removed)} has no finalizers; what deletes it is slow or away"
        return f"{described(removed)} waits for its finalizers: {', '.join(finalizers)}"

    def still_there() -> Object | None:
        there = kube.get(*place)
        return there if there and there["metadata"]["uid"] == metadata["uid"] else None

    # Not by a watch: the kind itself may go away before its objects do.
    eventually(
        still_there,
        is_absent(),
        within=within,
        described_as=f"{described(removed)} to be gone",
        explain=blocked,
        poll_every=POLL_SECONDS,
    )


def _is_outside(made: Object) -> bool:
    return not made["metadata"].get("namespace")
