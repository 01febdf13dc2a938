"""What a run must be allowed to do on a cluster; `manifests/rbac` grants just this."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

RUN_NAMESPACE = "maidenhair-system"
"""The namespace of the Leases by which runs show that they live."""
SPEC_ROLE = "maidenhair-spec"
"""The ClusterRole that a run without rights in all namespaces binds to itself in those of its specs."""


@dataclass(frozen=True)
class Right:
    """One thing that an account may do.

    Attributes:
        verb: such as "list".
        group: the API group, "" for the core group.
        resource: the plural, with a subresource as in "pods/log".
        purpose: what it is for, to end "… is needed to".
        namespace: the namespace in which it is needed; of a right in a spec's namespaces, and of one outside of
            namespaces, None.
        name: the one object that it is needed for; None means any.
        required: whether nothing works without it; else only what `purpose` tells is lacking.
    """

    verb: str
    group: str
    resource: str
    purpose: str
    namespace: str | None = None
    name: str | None = None
    required: bool = True

    def __str__(self) -> str:
        """Return the right in words, such as `list pods/log in namespace "web"`."""
        resource = f"{self.resource}.{self.group}" if self.group else self.resource
        name = f' "{self.name}"' if self.name else ""
        namespace = f' in namespace "{self.namespace}"' if self.namespace else ""
        return f"{self.verb} {resource}{name}{namespace}"


def _rights(
    verbs: str, group: str, resources: str, purpose: str, required: bool = True
) -> Iterable[Right]:
    for resource in resources.split():
        for verb in verbs.split():
            yield Right(verb, group, resource, purpose, required=required)


GATEWAY_API = "gateway.networking.k8s.io"
COMPUTE_API = "compute.skytorch.dev"
DIAGNOSE = "show why a spec failed"

RUN_RIGHTS = (
    *_rights("get list watch create delete", "", "namespaces", "give every spec a namespace"),
    *(
        Right(verb, "coordination.k8s.io", "leases", "show that the run lives", RUN_NAMESPACE)
        for verb in ("get", "list", "watch", "create", "patch", "delete")
    ),
)
"""What a run does outside of its specs' namespaces."""

SPEC_RIGHTS = (
    *_rights("get list watch create patch delete", COMPUTE_API, "computes", "work with Computes"),
    *_rights("get list watch", "", "pods events services serviceaccounts", "see what specs made"),
    *_rights("get list watch", "apps", "statefulsets", "see what specs made"),
    *_rights("get list watch", GATEWAY_API, "grpcroutes", "see what specs made"),
    *_rights("deletecollection", "", "pods", "remove a spec's namespace in seconds"),
    *_rights("delete", "", "pods", "see what becomes of a Compute whose pod goes"),
    *(
        right
        for group, resource in (
            ("", "services"),
            ("apps", "statefulsets"),
            (GATEWAY_API, "grpcroutes"),
        )
        for right in _rights("patch delete", group, resource, "see that the operator mends it")
    ),
    *_rights("patch", COMPUTE_API, "computes/status", "see what the API refuses of a status"),
    *_rights("get", "", "pods/log", "see what programs in pods tell"),
    *_rights("get list watch", "", "persistentvolumeclaims", "see the claims of Computes"),
    *_rights("list", "apps", "deployments replicasets", DIAGNOSE, required=False),
    *_rights("list", "", "configmaps resourcequotas", DIAGNOSE, required=False),
    *_rights("list", "discovery.k8s.io", "endpointslices", DIAGNOSE, required=False),
)
"""What a run does in the namespaces of its specs."""

RBAC = "rbac.authorization.k8s.io"
ACCOUNT_RIGHTS = (
    *_rights("create", "", "serviceaccounts secrets pods", "make accounts", required=False),
    *_rights("get", "", "secrets", "make accounts", required=False),
    *_rights("create", RBAC, "roles rolebindings", "make accounts", required=False),
)
"""What a run does, where it may, for specs about what accounts may do; `manifests/rbac` grants none of it."""

SIMULATE = "simulate nodes"
PLACE = "place pods on simulated nodes"
NODE_RIGHTS = (
    *_rights("get list watch create patch delete", "", "nodes", SIMULATE, required=False),
    *_rights("patch", "", "nodes/status pods/status", SIMULATE, required=False),
    *(
        Right(verb, "coordination.k8s.io", "leases", SIMULATE, "kube-node-lease", required=False)
        for verb in ("get", "create", "update")
    ),
    *_rights("get list watch create patch delete", "", "pods", PLACE, required=False),
    *_rights("create", "", "pods/eviction", PLACE, required=False),
    *_rights("get create patch", "apps", "deployments", PLACE, required=False),
    *_rights("get list watch create patch", "", "resourcequotas", PLACE, required=False),
)
"""What a run does, where it may, for specs on simulated nodes; `manifests/rbac` grants none of it."""

DISCOVERY_RIGHTS = (
    Right("list", "", "nodes", "see the nodes", required=False),
    Right(
        "get", "apps", "deployments", "see the operator", name="skytorch-operator", required=False
    ),
    Right(
        "get", GATEWAY_API, "gateways", "see the Gateway", name="skytorch-gateway", required=False
    ),
    Right("get", GATEWAY_API, "gatewayclasses", "see the Gateway's class", required=False),
    Right("list", "storage.k8s.io", "storageclasses", "see the default storage", required=False),
    Right("list", "resource.k8s.io", "deviceclasses", "see classes of devices", required=False),
    Right(
        "list",
        "admissionregistration.k8s.io",
        "mutatingwebhookconfigurations",
        "see HAMi",
        required=False,
    ),
)
"""What is looked at to find out what a cluster can do."""

BINDING_RIGHTS = (
    Right("create", RBAC, "rolebindings", "get rights in a spec's namespace"),
    Right("bind", RBAC, "clusterroles", "get rights in a spec's namespace", name=SPEC_ROLE),
)
"""What takes the place of `SPEC_RIGHTS` in all namespaces: the run gives them to itself in each namespace it makes."""
