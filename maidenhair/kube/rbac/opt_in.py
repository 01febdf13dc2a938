"""The opt-in by which an administrator opens a cluster to end-to-end tests."""

from __future__ import annotations

from maidenhair.errors import ApiRefused
from maidenhair.kube.client import Kube

SYSTEM = "kube-system"
ALLOW_LABEL = "maidenhair.dev/allow-e2e"
"""A label or annotation of the namespace kube-system. The value "true" opens the cluster to tests."""


def allows_tests(kube: Kube) -> tuple[bool, str]:
    """Return whether the cluster's administrator opened it to tests, and a clause that gives the reason.

    Raises:
        KubernetesError: the API could not be used.
    """
    try:
        namespace = kube.get("v1", "Namespace", SYSTEM)
    except ApiRefused as refused:
        if refused.status != 403:
            raise
        return False, f"Namespace {SYSTEM} could not be read: {refused.message}"
    metadata = (namespace or {}).get("metadata") or {}
    for place in ("labels", "annotations"):
        if (metadata.get(place) or {}).get(ALLOW_LABEL) == "true":
            return True, f"Namespace {SYSTEM} has {ALLOW_LABEL}=true in its {place}"
    return False, f"Namespace {SYSTEM} has no label or annotation {ALLOW_LABEL}=true"
