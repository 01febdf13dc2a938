"""Reviews of the run's account by the API server: which permissions it has and which are missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from maidenhair.errors import ApiRefused
from maidenhair.kube.client import Kube
from maidenhair.kube.rbac.permissions import BINDING_PERMISSIONS, FRAMEWORK, Permission, Permissions

PARALLEL_REQUESTS = 8
SERVICE_ACCOUNT = "system:serviceaccount:"


@dataclass(frozen=True)
class Access:
    """The result of a review of the run's account.

    Attributes:
        user: the user name at the API server; "" if the server does not report it.
        missing: the missing permissions.
        needs_binding: whether the account must bind the permissions of specs to itself in each namespace it creates.
        missing_optional: the missing permissions of each group in `Permissions.optional`, by the group's name.
        shared_namespace: the namespace that all specs share, because the account may create none; None if each spec
            gets a namespace of its own.
    """

    user: str
    missing: tuple[Permission, ...]
    needs_binding: bool
    missing_optional: Mapping[str, tuple[Permission, ...]] = field(default_factory=dict)
    shared_namespace: str | None = None

    @property
    def required(self) -> tuple[Permission, ...]:
        """Return the missing permissions without which no spec can run."""
        if self.shared_namespace is not None:
            return ()
        return tuple(permission for permission in self.missing if permission.required)


def review_access(kube: Kube, permissions: Permissions = FRAMEWORK) -> Access:
    """Review the account of `kube`.

    Args:
        kube: the API client.
        permissions: the permissions that a run needs: the framework's, merged with those of the active systems.

    Raises:
        KubernetesError: the API could not be used.
    """
    missing = missing_permissions(kube, [*permissions.run, *permissions.discovery])
    in_specs = missing_permissions(kube, permissions.spec)
    binds = bool(in_specs) and not missing_permissions(kube, BINDING_PERMISSIONS)
    return Access(
        whoami(kube),
        missing + (() if binds else in_specs),
        binds,
        {name: missing_permissions(kube, group) for name, group in permissions.optional.items()},
        _shared_namespace(kube, permissions.shared)
        if any(map(creates_namespaces, missing))
        else None,
    )


def creates_namespaces(permission: Permission) -> bool:
    """Return whether a permission is the one to create namespaces."""
    return (permission.verb, permission.group, permission.resource) == ("create", "", "namespaces")


def needs_binding(kube: Kube, permissions: Permissions) -> bool:
    """Return whether the account must bind the permissions of specs to itself in each namespace, and may do so.

    An account that has these permissions in all namespaces, such as an administrator, needs no binding.
    """
    return bool(missing_permissions(kube, permissions.spec)) and not missing_permissions(
        kube, BINDING_PERMISSIONS
    )


def missing_permissions(
    kube: Kube, permissions: Iterable[Permission], namespace: str | None = None
) -> tuple[Permission, ...]:
    """Return the permissions that the account does not have.

    Args:
        kube: the API client.
        permissions: the permissions to check.
        namespace: the namespace in which to check permissions that name none; default: all namespaces.
    """
    permissions = tuple(permissions)
    with ThreadPoolExecutor(PARALLEL_REQUESTS) as pool:
        answers = pool.map(lambda each: _is_allowed(kube, each, namespace), permissions)
        return tuple(
            each for each, allowed in zip(permissions, answers, strict=True) if not allowed
        )


def whoami(kube: Kube) -> str:
    """Return the user name of the account; "" if the API server does not report it (before Kubernetes 1.28)."""
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    try:
        return str(kube.create(review)["status"]["userInfo"]["username"])
    except ApiRefused:
        return ""


def rbac_subject(user: str) -> dict[str, str]:
    """Return the RoleBinding subject of a user name."""
    if user.startswith(SERVICE_ACCOUNT):
        namespace, _, name = user.removeprefix(SERVICE_ACCOUNT).partition(":")
        return {"kind": "ServiceAccount", "namespace": namespace, "name": name}
    return {"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": user}


def _shared_namespace(kube: Kube, permissions: tuple[Permission, ...]) -> str | None:
    """Return the namespace of the kubeconfig context, if the account has these permissions there."""
    if not permissions or missing_permissions(kube, permissions, kube.namespace):
        return None
    return kube.namespace


def _is_allowed(kube: Kube, permission: Permission, namespace: str | None) -> bool:
    resource, _, subresource = permission.resource.partition("/")
    attributes: dict[str, Any] = {
        "verb": permission.verb,
        "group": permission.group,
        "resource": resource,
        "subresource": subresource,
        "namespace": permission.namespace or namespace or "",
        "name": permission.name or "",
    }
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
    answer = kube.create({**review, "spec": {"resourceAttributes": attributes}})
    return bool(answer["status"]["allowed"])
