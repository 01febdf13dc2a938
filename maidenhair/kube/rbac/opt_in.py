"""Whether a cluster that nobody named is open to end-to-end tests."""

from __future__ import annotations

from maidenhair.errors import ApiRefused
from maidenhair.kube.client import Kube

SYSTEM = "kube-system"
ALLOW_LABEL = "maidenhair.dev/allow-e2e"
"""A label or an annotation of the namespace kube-system; "true" opens the cluster to tests."""


def is_open_to_tests(kube: Kube) -> tuple[bool, str]:
    """Return whether the cluster's administrator opened it to tests, and what was seen, to follow an "and".

    Raises:
        KubernetesError: the API could not be used.
    """
    try:
        namespace = kube.get("v1", "Namespace", SYSTEM)
    except ApiRefused as refused:
        if refused.status != 403:
            raise
        return False, f"whether it is open to tests may not be looked at: {refused.message}"
    metadata = (namespace or {}).get("metadata") or {}
    for place in ("labels", "annotations"):
        if (metadata.get(place) or {}).get(ALLOW_LABEL) == "true":
            return True, f"its namespace {SYSTEM} is marked {ALLOW_LABEL}=true"
    return False, f"its namespace {SYSTEM} is not marked {ALLOW_LABEL}=true"
