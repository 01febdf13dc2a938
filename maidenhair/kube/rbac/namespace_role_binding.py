"""Bind the permissions of specs in a namespace, if the run's account does not have them in all namespaces."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from maidenhair.errors import ApiRefused, KubernetesError
from maidenhair.kube.client import Kube
from maidenhair.kube.rbac.access_review import (
    missing_permissions,
    needs_binding,
    rbac_subject,
    whoami,
)
from maidenhair.kube.rbac.permissions import SPEC_ROLE, Permissions
from maidenhair.waiting import eventually

BINDING = "maidenhair"
EFFECTIVE_SECONDS = 30.0


class SpecAccess:
    """Bind the ClusterRole `maidenhair-spec` to the run's account in namespaces that the run creates.

    No binding is created if the account has the permissions in all namespaces, or if it may not create bindings.

    Args:
        kube: the API client.
        permissions: the permissions that the run needs; those of specs are bound.
        binds: whether bindings are needed, as `Access.needs_binding` says; None to review the account.
    """

    def __init__(self, kube: Kube, permissions: Permissions, binds: bool | None = None) -> None:
        self._kube = kube
        self._permissions = permissions
        self._known_to_bind = binds

    def ensure(self, namespace: str, labels: Mapping[str, str]) -> None:
        """Bind the permissions of specs in a new namespace, and wait until they take effect.

        Args:
            namespace: the namespace.
            labels: the ownership labels of the run and the spec.

        Raises:
            KubernetesError: the account may not create the binding.
            WaitTimedOut: permissions are still missing; the message lists them.
        """
        if not self._binds:
            return
        try:
            self._kube.create(self._binding(namespace, labels))
        except ApiRefused as refused:
            # 409: another worker created it in a shared namespace.
            if refused.status != 409:
                raise
        required = [permission for permission in self._permissions.spec if permission.required]
        eventually(
            # With several API servers, another one may not have seen the binding yet.
            lambda: [
                str(permission)
                for permission in missing_permissions(self._kube, required, namespace)
            ],
            [],
            within=EFFECTIVE_SECONDS,
            described_as=f"{self._user} to have no missing permissions in Namespace {namespace}",
            explain=lambda: (
                f"ClusterRole {SPEC_ROLE} grants fewer permissions than specs need; apply manifests/rbac again"
            ),
            poll_every=0.02,
            tolerate=(KubernetesError,),
        )

    @cached_property
    def _binds(self) -> bool:
        if self._known_to_bind is not None:
            return self._known_to_bind
        return needs_binding(self._kube, self._permissions)

    @cached_property
    def _user(self) -> str:
        return whoami(self._kube)

    def _binding(self, namespace: str, labels: Mapping[str, str]) -> dict[str, object]:
        group = "rbac.authorization.k8s.io"
        return {
            "apiVersion": f"{group}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": BINDING, "namespace": namespace, "labels": dict(labels)},
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": SPEC_ROLE},
            "subjects": [rbac_subject(self._user)],
        }
