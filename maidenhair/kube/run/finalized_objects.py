"""Find the objects whose finalizers an operator must handle before the operator itself is removed."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from maidenhair.errors import KubernetesError
from maidenhair.kube.api_resources import Resource
from maidenhair.kube.apply import CRD_KIND
from maidenhair.kube.client import Kube
from maidenhair.kube.objects import Object, Objects
from maidenhair.kube.run.deletion import current_state
from maidenhair.kube.run.finalizers import waits_for_operator
from maidenhair.kube.run.labels import creation_order, owners_of
from maidenhair.kube.run.removal import Item

PARALLEL_REQUESTS = 8
_SUPPORTS = frozenset(
    {
        "DaemonSet",
        "Deployment",
        "Pod",
        "ReplicaSet",
        "Role",
        "RoleBinding",
        "ServiceAccount",
        "StatefulSet",
    }
)
"""Kinds of namespaced objects that an operator may need to handle finalizers."""
_BUILT_IN = frozenset(
    {
        "admissionregistration.k8s.io",
        "apiextensions.k8s.io",
        "apiregistration.k8s.io",
        "authentication.k8s.io",
        "authorization.k8s.io",
        "certificates.k8s.io",
        "coordination.k8s.io",
        "discovery.k8s.io",
        "events.k8s.io",
        "flowcontrol.apiserver.k8s.io",
        "internal.apiserver.k8s.io",
        "metrics.k8s.io",
        "networking.k8s.io",
        "node.k8s.io",
        "rbac.authorization.k8s.io",
        "resource.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
        "storagemigration.k8s.io",
    }
)
"""The API groups of the API server whose names have a dot."""


def instances_of(kube: Kube, items: Iterable[Item], namespaces: Collection[str]) -> list[Item]:
    """Return the objects of CustomResourceDefinitions that wait for their operator, the last created first.

    Args:
        kube: the API client.
        items: the objects to remove. The objects of a definition that others own as well are only returned if they are
            in one of the namespaces.
        namespaces: the namespaces that are removed.
    """
    found: Objects = []
    for item in items:
        if item.object["kind"] != CRD_KIND:
            continue
        definition = current_state(kube, item.object)
        if definition is None:
            continue
        is_shared = bool(owners_of(definition).keys() - item.leaving)
        found += [
            each
            for each in _objects_of(kube, definition)
            if waits_for_operator(each)
            and (not is_shared or each["metadata"].get("namespace") in namespaces)
        ]
    return [Item(each, is_owned=False) for each in sorted(found, key=creation_order, reverse=True)]


def supported_objects(kube: Kube, objects: Sequence[Object]) -> list[Item]:
    """Return the objects of a spec's own namespace that wait for an operator which is among them.

    They must be gone before the namespace is deleted. All others are deleted with it.

    Args:
        kube: the API client.
        objects: the objects of an inventory, in order of creation.
    """
    if not any(each["kind"] in _SUPPORTS or not _namespace(each) for each in objects):
        return []
    found = [
        current
        for each in objects
        if _namespace(each) and each["kind"] not in _SUPPORTS
        if (current := current_state(kube, each)) is not None and waits_for_operator(current)
    ]
    return [Item(each) for each in found[::-1]]


def custom_objects_in(kube: Kube, namespaces: Collection[str]) -> list[Item]:
    """Return the custom objects of namespaces that wait for an operator, the last created first."""
    if not namespaces:
        return []
    kinds = [
        each
        for each in kube.discovery.all()
        if each.namespaced and {"list", "delete"} <= each.verbs and _is_custom(each.api_version)
    ]

    def list_kind(place: tuple[Resource, str]) -> Objects:
        resource, namespace = place
        try:
            return kube.list(resource.api_version, resource.kind, namespace)
        except KubernetesError:
            # The namespace's own deletion says what blocks it.
            return []

    with ThreadPoolExecutor(PARALLEL_REQUESTS) as pool:
        listed = pool.map(list_kind, itertools.product(kinds, sorted(namespaces)))
        found = [each for objects in listed for each in objects if waits_for_operator(each)]
    return [Item(each, is_owned=False) for each in sorted(found, key=creation_order, reverse=True)]


def _objects_of(kube: Kube, definition: Object) -> Objects:
    spec = definition["spec"]
    stored = [each["name"] for each in spec["versions"] if each.get("storage")]
    served = [each["name"] for each in spec["versions"] if each.get("served")]
    # The stored version, if it is served, needs no conversion, which may be broken.
    for version in sorted(served, key=lambda each: each not in stored):
        try:
            return kube.list(f"{spec['group']}/{version}", spec["names"]["kind"])
        except KubernetesError:
            continue
    return []


def _is_custom(api_version: str) -> bool:
    """Return whether the API server itself does not serve an API version."""
    return "." in (group := api_version.rpartition("/")[0]) and group not in _BUILT_IN


def _namespace(each: Object) -> str | None:
    namespace: str | None = each["metadata"].get("namespace")
    return namespace
