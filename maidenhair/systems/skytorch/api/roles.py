"""What an account needs to use Computes in a namespace."""

from __future__ import annotations

from maidenhair.kube.rbac.service_accounts import Rule
from maidenhair.systems.skytorch.api.compute import API_GROUP

COMPUTE_VERBS = ("get", "list", "watch", "create", "patch")
USE_COMPUTES: tuple[Rule, ...] = (
    {"apiGroups": [API_GROUP], "resources": ["computes"], "verbs": [*COMPUTE_VERBS, "delete"]},
    # What `on_events` shows.
    {"apiGroups": [""], "resources": ["events"], "verbs": ["list", "watch"]},
)
"""What SkyTorch's SDK does in a namespace."""


def use_but_not_delete(deletable: str) -> tuple[Rule, ...]:
    """Return the rules of who may use all Computes of a namespace and delete but one of them."""
    computes = {"apiGroups": [API_GROUP], "resources": ["computes"]}
    return (
        {**computes, "verbs": COMPUTE_VERBS},
        {**computes, "verbs": ["delete"], "resourceNames": [deletable]},
    )
