"""Read fields of objects that may have any shape: those of custom resources without a schema."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from maidenhair.kube.objects import Object, Objects

FRAMEWORK_GROUPS = frozenset(
    {
        "",
        "admissionregistration.k8s.io",
        "apiextensions.k8s.io",
        "apiregistration.k8s.io",
        "apps",
        "autoscaling",
        "batch",
        "certificates.k8s.io",
        "coordination.k8s.io",
        "discovery.k8s.io",
        "events.k8s.io",
        "flowcontrol.apiserver.k8s.io",
        "gateway.networking.k8s.io",
        "networking.k8s.io",
        "node.k8s.io",
        "policy",
        "rbac.authorization.k8s.io",
        "resource.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
    }
)
"""The API groups of Kubernetes and of the Gateway API, whose kinds have rules of their own."""

SHAPE_ERRORS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""The errors of code that reads an object which has another shape than the code expects."""

_SELECTOR_PART = re.compile(r"^\s*(?P<name>[^=!,\s]+)\s*==?\s*(?P<value>[^=!,\s]*)\s*$")


def mapping(value: Any) -> Object:
    """Return a value if it is a mapping, otherwise an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: Any) -> Objects:
    """Return the mappings of a list; an empty list for any other value."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text(value: Any) -> str:
    """Return a value if it is text, otherwise an empty text."""
    return value if isinstance(value, str) else ""


def whole_number(value: Any) -> int | None:
    """Return a value if it is a whole number, otherwise None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def field_of(manifest: Any, *names: str) -> Any:
    """Return a field within mappings, for example `field_of(pod, "status", "phase")`; None if it does not exist."""
    found = manifest
    for name in names:
        found = mapping(found).get(name)
    return found


def metadata_of(manifest: Mapping[str, Any]) -> Object:
    """Return the metadata of an object, which is empty if it has none."""
    return mapping(manifest.get("metadata"))


def labels_of(manifest: Mapping[str, Any]) -> Object:
    """Return the labels of an object."""
    return mapping(metadata_of(manifest).get("labels"))


def owner_references(manifest: Mapping[str, Any]) -> Objects:
    """Return the owner references of an object."""
    return mappings(metadata_of(manifest).get("ownerReferences"))


def group_of(api_version: Any) -> str:
    """Return the API group of an apiVersion, for example "apps"; an empty text for the core group."""
    return text(api_version).rpartition("/")[0]


def framework_kind(manifest: Mapping[str, Any]) -> str:
    """Return the kind of an object of Kubernetes or the Gateway API, and "KIND.GROUP" of any other object.

    A kind of another group may have the same name as one of Kubernetes, for example Knative's Service.
    """
    group, kind = group_of(manifest.get("apiVersion")), str(manifest.get("kind", ""))
    return kind if group in FRAMEWORK_GROUPS else f"{kind}.{group}"


def parse_selector(selector: Any) -> Object | None:
    """Return a label selector as `matchLabels` and `matchExpressions`, whatever form it has; None if it is none.

    Args:
        selector: a selector of a workload, the labels of a Service's selector, or a text as "app=web,tier=front".
    """
    if isinstance(selector, str):
        parts = [_SELECTOR_PART.match(part) for part in selector.split(",")]
        found = {part["name"]: part["value"] for part in parts if part}
        return {"matchLabels": found} if found and all(parts) else None
    if not isinstance(selector, dict):
        return None
    if "matchLabels" in selector or "matchExpressions" in selector:
        return selector
    return {"matchLabels": selector} if selector else None


def selects(selector: Any, labels: Mapping[str, Any]) -> bool:
    """Return whether a label selector in any form matches labels. An empty or malformed selector matches nothing."""
    parsed = parse_selector(selector)
    if parsed is None:
        return False
    wanted = mapping(parsed.get("matchLabels"))
    expressions = mappings(parsed.get("matchExpressions"))
    if not wanted and not expressions:
        return False
    same = all(name in labels and labels[name] == value for name, value in wanted.items())
    return same and all(_holds(each, labels) for each in expressions)


def _holds(expression: Mapping[str, Any], labels: Mapping[str, Any]) -> bool:
    name, values = text(expression.get("key")), expression.get("values")
    listed = values if isinstance(values, list) else []
    match expression.get("operator"):
        case "In":
            return name in labels and labels[name] in listed
        case "NotIn":
            return name not in labels or labels[name] not in listed
        case "Exists":
            return name in labels
        case "DoesNotExist":
            return name not in labels
    return False
