"""Functions of a manifest or object: names in messages, conditions and events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Object = dict[str, Any]
"""An object of the Kubernetes API, as in YAML."""

Objects = list[Object]

SERVICE_ACCOUNT_TOKEN = "kubernetes.io/service-account-token"
"""The type of Secrets that hold the token of a ServiceAccount."""


def delete_options(
    grace_period_seconds: int | None, uid: str | None = None, resource_version: str | None = None
) -> Object:
    """Return DeleteOptions that delete dependents in the background.

    Args:
        grace_period_seconds: seconds for a pod to terminate; None for the pod's own grace period.
        uid: delete only the object with this uid.
        resource_version: delete only an object that has not changed since this version.
    """
    options: Object = {"propagationPolicy": "Background"}
    if grace_period_seconds is not None:
        options["gracePeriodSeconds"] = grace_period_seconds
    preconditions = {"uid": uid, "resourceVersion": resource_version}
    required = {name: value for name, value in preconditions.items() if value is not None}
    return {**options, "preconditions": required} if required else options


def format_name(kind: str, name: str | None, namespace: str | None = None) -> str:
    """Return the name of an object in messages, for example "Pod default/web"."""
    path = "/".join(part for part in (namespace, name) if part)
    return f"{kind} {path}".rstrip()


def display_name(manifest: Mapping[str, Any]) -> str:
    """Return the name of a manifest's object in messages, for example "Pod default/web"."""
    metadata = manifest.get("metadata", {})
    kind = manifest.get("kind", "object")
    return format_name(kind, metadata.get("name"), metadata.get("namespace"))


def conditions(manifest: Mapping[str, Any] | None) -> Objects:
    """Return the status conditions of an object, whether its status has a list of them or a mapping by type.

    The list is empty if the object is None or has none. What is no condition is left out.
    """
    status = (manifest or {}).get("status")
    found = status.get("conditions") if isinstance(status, dict) else None
    if isinstance(found, dict):
        return [
            {"type": name, **(each if isinstance(each, dict) else {"status": str(each)})}
            for name, each in found.items()
        ]
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def condition(manifest: Mapping[str, Any] | None, condition_type: str) -> Object | None:
    """Return the status condition of a type, or None."""
    return next((each for each in conditions(manifest) if each.get("type") == condition_type), None)


def is_true(found: Mapping[str, Any] | None) -> bool:
    """Return whether a condition exists and its status is "True"."""
    return found is not None and found.get("status") == "True"


def reason_and_message(found: Mapping[str, Any]) -> str:
    """Return "reason: message" of a condition or container state; missing parts are omitted."""
    parts = (found.get("reason"), found.get("message"))
    return ": ".join(str(part) for part in parts if part)


def last_seen(event: Mapping[str, Any]) -> str:
    """Return the RFC 3339 time at which an event (core or events.k8s.io) last occurred."""
    last_of_series = (event.get("series") or {}).get("lastObservedTime")
    known = last_of_series or event.get("lastTimestamp") or event.get("eventTime")
    return str(known or event["metadata"].get("creationTimestamp") or "")
