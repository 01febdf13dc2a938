"""What the account of a run may do, as the API server itself answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from maidenhair.errors import ApiRefused
from maidenhair.kube.client import Kube
from maidenhair.kube.rbac.permissions import BINDING_RIGHTS, FRAMEWORK, Permissions, Right

QUESTIONS_AT_ONCE = 8
SERVICE_ACCOUNT = "system:serviceaccount:"


@dataclass(frozen=True)
class Access:
    """What the account of a run may do.

    Attributes:
        user: the account as the API server knows it; "" where it does not tell.
        missing: the rights that it lacks.
        binds: whether it must give itself the rights in each namespace that it makes.
        lacking: by each name of `Permissions.optional`, the rights that it lacks of those; none where it has all.
    """

    user: str
    missing: tuple[Right, ...]
    binds: bool
    lacking: Mapping[str, tuple[Right, ...]] = field(default_factory=dict)

    @property
    def required(self) -> tuple[Right, ...]:
        """Return the missing rights without which no spec can run."""
        return tuple(right for right in self.missing if right.required)


def look_at_access(kube: Kube, permissions: Permissions = FRAMEWORK) -> Access:
    """Ask the API server what the account of `kube` may do.

    Args:
        kube: the API.
        permissions: what a run needs: the framework's own permissions, merged with those of the active systems.

    Raises:
        KubernetesError: it did not answer.
    """
    missing = lacking(kube, [*permissions.run, *permissions.discovery])
    in_specs = lacking(kube, permissions.spec)
    binds = bool(in_specs) and not lacking(kube, BINDING_RIGHTS)
    return Access(
        who_am_i(kube),
        missing + (() if binds else in_specs),
        binds,
        {name: lacking(kube, group) for name, group in permissions.optional.items()},
    )


def must_bind(kube: Kube, permissions: Permissions) -> bool:
    """Return whether the account has not all rights of specs everywhere, but can give them to itself."""
    return bool(lacking(kube, permissions.spec)) and not lacking(kube, BINDING_RIGHTS)


def lacking(kube: Kube, rights: Iterable[Right], namespace: str | None = None) -> tuple[Right, ...]:
    """Return those of the rights that the account does not have.

    Args:
        kube: the API.
        rights: the rights.
        namespace: where those are asked for that name no namespace; everywhere by default.
    """
    rights = tuple(rights)
    with ThreadPoolExecutor(QUESTIONS_AT_ONCE) as pool:
        answers = list(pool.map(lambda right: _may(kube, right, namespace), rights))
    return tuple(right for right, may in zip(rights, answers, strict=True) if not may)


def who_am_i(kube: Kube) -> str:
    """Return the name of the account, "" where the API server (before Kubernetes 1.28) does not tell."""
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    try:
        return str(kube.create(review)["status"]["userInfo"]["username"])
    except ApiRefused:
        return ""


def subject_of(user: str) -> dict[str, str]:
    """Return an account as the subject of a RoleBinding."""
    if user.startswith(SERVICE_ACCOUNT):
        namespace, _, name = user.removeprefix(SERVICE_ACCOUNT).partition(":")
        return {"kind": "ServiceAccount", "namespace": namespace, "name": name}
    return {"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": user}


def _may(kube: Kube, right: Right, namespace: str | None) -> bool:
    resource, _, subresource = right.resource.partition("/")
    attributes: dict[str, Any] = {
        "verb": right.verb,
        "group": right.group,
        "resource": resource,
        "subresource": subresource,
        "namespace": right.namespace or namespace or "",
        "name": right.name or "",
    }
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
    answer = kube.create({**review, "spec": {"resourceAttributes": attributes}})
    return bool(answer["status"]["allowed"])
