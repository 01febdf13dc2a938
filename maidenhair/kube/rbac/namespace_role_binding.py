"""The rights of a run in the namespaces of its specs, where it does not have them in all namespaces."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from maidenhair.errors import ApiRefused, KubernetesError
from maidenhair.kube.client import Kube
from maidenhair.kube.rbac.access_review import lacking, must_bind, subject_of, who_am_i
from maidenhair.kube.rbac.permissions import SPEC_ROLE, Permissions
from maidenhair.waiting import eventually

BINDING = "maidenhair"
KNOWN_SECONDS = 30.0


class SpecAccess:
    """Gives the run's account the ClusterRole `maidenhair-spec` in namespaces that the run makes.

    An account that has these rights everywhere, such as an administrator, needs no binding and gets none; nor does one
    that may not bind.

    Args:
        kube: the API.
        permissions: what a run needs; of it the rights in the namespaces of specs.
    """

    def __init__(self, kube: Kube, permissions: Permissions) -> None:
        self._kube = kube
        self._permissions = permissions

    def ensure(self, namespace: str, labels: Mapping[str, str]) -> None:
        """Return when the account may do in a new namespace of the run's what specs do there.

        Args:
            namespace: the namespace.
            labels: what says which run and spec own what is made.

        Raises:
            KubernetesError: the account may not give itself the rights.
            WaitTimedOut: the rights did not come; the text tells those that are missing.
        """
        if not self._binds:
            return
        try:
            self._kube.create(self._binding(namespace, labels))
        except ApiRefused as refused:
            # Another worker made it, in a namespace that they share.
            if refused.status != 409:
                raise
        required = [right for right in self._permissions.spec if right.required]
        eventually(
            # Another server of the API may not know the binding yet.
            lambda: [str(right) for right in lacking(self._kube, required, namespace)],
            [],
            within=KNOWN_SECONDS,
            described_as=f"nothing to be missing of {self._user}'s rights in Namespace {namespace}",
            explain=lambda: (
                f"the ClusterRole {SPEC_ROLE} grants less than specs need: apply manifests/rbac anew"
            ),
            poll_every=0.02,
            tolerate=(KubernetesError,),
        )

    @cached_property
    def _binds(self) -> bool:
        return must_bind(self._kube, self._permissions)

    @cached_property
    def _user(self) -> str:
        return who_am_i(self._kube)

    def _binding(self, namespace: str, labels: Mapping[str, str]) -> dict[str, object]:
        group = "rbac.authorization.k8s.io"
        return {
            "apiVersion": f"{group}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": BINDING, "namespace": namespace, "labels": dict(labels)},
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": SPEC_ROLE},
            "subjects": [subject_of(self._user)],
        }
