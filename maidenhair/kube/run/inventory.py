"""An inventory: its objects are labelled, recorded in order of creation, and removed in reverse order."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from maidenhair.errors import ApiRefused
from maidenhair.kube import apply as bundle
from maidenhair.kube.client import Kube
from maidenhair.kube.manifests.checking import check_manifest, check_manifests
from maidenhair.kube.objects import Object, Objects
from maidenhair.kube.run.deletion import key_of
from maidenhair.kube.run.finalized_objects import instances_of, supported_objects
from maidenhair.kube.run.labels import (
    NAMESPACE_LABEL,
    ORDER_ANNOTATION,
    OUTSIDE_LABEL,
    RUN_LABEL,
    belongs_to,
)
from maidenhair.kube.run.ownership import Owner, acquire, check_sharable, not_ours
from maidenhair.kube.run.removal import Item, Removal, Times


class Inventory:
    """Create and remove the objects of one spec, or those of a run, in its namespace and outside of it.

    Objects outside of the namespace, for example CustomResourceDefinitions, can have several owners: the inventories of
    other specs and runs that apply an object of the same name. The last owner that removes its objects deletes it.

    Args:
        kube: the API client.
        namespace: the namespace that is deleted with the inventory; the default namespace of namespaced objects.
        labels: the ownership labels.
        owner: the name of the owner of the objects outside of the namespace; default: the namespace.
        times: the times of the removal.
        before_apply: called with each labelled manifest before it is applied.

    Example:
        >>> inventory = Inventory(kube, "default", {"maidenhair.dev/run": "r1"})
        >>> made = inventory.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "colours"}})
        >>> [each["metadata"]["labels"]["maidenhair.dev/run"] for each in inventory.objects]
        ['r1']
    """

    def __init__(
        self,
        kube: Kube,
        namespace: str,
        labels: Mapping[str, str],
        *,
        owner: str | None = None,
        times: Times | None = None,
        before_apply: Callable[[Object], None] | None = None,
    ) -> None:
        self._kube = kube
        self._namespace = namespace
        self._labels = {**labels, NAMESPACE_LABEL: namespace}
        self._owner = Owner(owner or namespace, self._labels[RUN_LABEL])
        self._times = times or Times()
        self._before_apply = before_apply
        self._objects: dict[tuple[str, str, str, str], Object] = {}
        self._numbers = itertools.count(1)

    @property
    def objects(self) -> Objects:
        """Return the created objects in order of creation, as the API server returned them."""
        return list(self._objects.values())

    def apply(
        self, manifest: Mapping[str, Any], *, adopt: bool = False, leave: bool = False
    ) -> Object:
        """Create an object, or update one that belongs to runs, and return it.

        If an earlier object of its name is being deleted, wait until that is gone.

        Args:
            manifest: the object. With `metadata.generateName` and no name, the API server completes the name.
            adopt: whether the object may exist without belonging to a run. It belongs to the run from now on.
            leave: whether the object stays when nobody uses it any more, for example because it was there before. An
                object in the namespace of the inventory is deleted with it nevertheless.

        Raises:
            NotOurs: an object of this name exists and belongs to no run, or is not gone in time.
            ConfigurationError: the manifest is no object of the API; the text says what to change.
            KubernetesError: the API could not be used, or refused the object.
        """
        labelled = self._add_labels(check_manifest(manifest))
        if self._before_apply is not None:
            self._before_apply(labelled)
        resource = self._kube.discovery.resource(labelled["apiVersion"], labelled["kind"])
        if "patch" not in resource.verbs:
            # For example a SubjectAccessReview, which is answered and not stored.
            return self._kube.create(labelled)
        if self._is_inside(labelled):
            if labelled["metadata"].get("name") and not adopt:
                self._check_owner(labelled, self._kube.get(*key_of(labelled)))
            return self._record(self._kube.apply(labelled))
        within = self._times.gone_within
        return self._record(
            acquire(self._kube, labelled, self._owner, within, adopt=adopt, leave=leave)
        )

    def apply_all(
        self,
        manifests: Iterable[Mapping[str, Any]],
        *,
        adopt: bool = False,
        leave: bool = False,
    ) -> Objects:
        """Apply manifests in dependency order and return the objects.

        They may be in any order: namespaces and CustomResourceDefinitions come first, and an object waits until its
        kind is served. Lists count as their items. Raises like `apply` and `Kube.apply_all`, and applies nothing if a
        manifest is no object of the API or one of the objects belongs to another owner.

        Args:
            manifests: the manifests; `read_manifests` reads them from files.
            adopt: see `apply`.
            leave: see `apply`.
        """
        checked = check_manifests(manifests)
        if not adopt:
            for each in checked:
                self._check_before(each)
        return bundle.apply_all(self._kube, checked, partial(self.apply, adopt=adopt, leave=leave))

    def start_deletion(self) -> Removal:
        """Delete the objects in reverse order of creation, except those that are deleted with the namespace.

        Objects that others own as well are not deleted. An object with finalizers is waited for before the objects that
        were created before it are deleted.

        Returns:
            The removal. Its `finish` waits until the objects are gone.
        """
        removal = Removal(self._kube, self._times)
        removal.start(self._items())
        return removal

    def _items(self) -> list[Item]:
        objects = self.objects
        outside = [each for each in objects if not self._is_inside(each)]
        items = [Item(each, frozenset({self._owner.name})) for each in outside[::-1]]
        supported = supported_objects(self._kube, objects)
        known = {each.object["metadata"].get("uid") for each in supported}
        instances = instances_of(self._kube, items, {self._namespace})
        others = [each for each in instances if each.object["metadata"].get("uid") not in known]
        return [*others, *supported, *items]

    def _add_labels(self, manifest: Mapping[str, Any]) -> Object:
        metadata = manifest["metadata"]
        made = {ORDER_ANNOTATION: str(next(self._numbers))}
        ours: Object = {
            **metadata,
            "labels": {**(metadata.get("labels") or {}), **self._labels},
            "annotations": {**(metadata.get("annotations") or {}), **made},
        }
        resource = self._kube.discovery.resource(manifest["apiVersion"], manifest["kind"])
        if not resource.namespaced:
            # A namespace in such a manifest has no meaning to the API server.
            ours.pop("namespace", None)
        else:
            ours["namespace"] = ours.get("namespace") or self._namespace
            if ours["namespace"] != self._namespace:
                ours["labels"][OUTSIDE_LABEL] = "true"
        return {**manifest, "metadata": ours}

    def _check_before(self, manifest: Object) -> None:
        """Refuse an object of another owner, unless its kind or its name will be known only later."""
        if not manifest["metadata"].get("name"):
            return
        try:
            labelled = self._add_labels(manifest)
        except ApiRefused as refused:
            if refused.status != 404:
                raise
            return
        current = self._kube.get(*key_of(labelled))
        if self._is_inside(labelled):
            self._check_owner(labelled, current)
        elif current is not None:
            check_sharable(current, labelled)

    def _check_owner(self, labelled: Object, current: Object | None) -> None:
        """Refuse to apply an object of another owner, because it would be removed with the spec."""
        if current is not None and not belongs_to(current, self._owner.run_id):
            raise not_ours(labelled)

    def _is_inside(self, labelled: Object) -> bool:
        """Return whether an object is deleted with the namespace."""
        return bool(labelled["metadata"].get("namespace") == self._namespace)

    def _record(self, made: Object) -> Object:
        metadata = made["metadata"]
        key = (made["apiVersion"], made["kind"], metadata.get("namespace", ""), metadata["name"])
        self._objects.setdefault(key, made)
        return made
