"""The order in which manifests are applied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from maidenhair.kube.manifests.checking import items_of

_FIRST = (
    "Namespace",
    "CustomResourceDefinition",
    "PriorityClass",
    "StorageClass",
    "ResourceQuota",
    "LimitRange",
    "ServiceAccount",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "Secret",
    "ConfigMap",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "GatewayClass",
    "Service",
)
_LAST = (
    "APIService",
    "ValidatingAdmissionPolicyBinding",
    "MutatingAdmissionPolicyBinding",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
)


def sort_for_apply(manifests: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return manifests in dependency order. Lists are replaced by their items."""
    flat = list(_flatten(manifests))
    # Kinds that an aggregated API server serves exist only after its APIService.
    groups = {_group_of(each) for each in flat if each.get("kind") == "APIService"} - {""}

    def key(each: Mapping[str, Any]) -> tuple[bool, int]:
        return str(each.get("apiVersion", "")).rpartition("/")[0] in groups, _rank(each)

    return sorted(flat, key=key)


def _flatten(manifests: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for each in manifests:
        items = items_of(each)
        if items is None:
            yield each
        else:
            yield from _flatten(items)


def _group_of(api_service: Mapping[str, Any]) -> str:
    spec = api_service.get("spec")
    return str(spec.get("group") or "") if isinstance(spec, Mapping) else ""


def _rank(manifest: Mapping[str, Any]) -> int:
    kind = manifest.get("kind")
    if kind in _FIRST:
        return _FIRST.index(kind)
    return len(_FIRST) + (1 if kind in _LAST else 0)
