"""Permissions that a run needs on a cluster: those of the framework, and the type in which systems declare theirs.

`manifests/rbac` grants exactly the permissions of the framework and of this repository's systems.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain

RUN_NAMESPACE = "maidenhair-system"
"""The namespace of the Leases of runs."""
SPEC_ROLE = "maidenhair-spec"
"""The ClusterRole that a run binds to its account in the namespaces of its specs."""


@dataclass(frozen=True)
class Permission:
    """A permission: one verb on one resource.

    Attributes:
        verb: the verb, for example "list".
        group: the API group; "" for the core group.
        resource: the plural resource name, optionally with a subresource, for example "pods/log".
        purpose: the purpose, as a verb phrase that completes "… is needed to".
        namespace: the namespace in which it is needed; None for cluster-scoped resources and namespaces of specs.
        name: the name of the one object for which it is needed; None for all objects.
        required: whether no spec can run without it. If False, only `purpose` does not work. For a permission in
            `Permissions.optional`: whether the specs of the group need it.

    Example:
        >>> str(Permission("list", "example.com", "widgets", "wait for Widgets", namespace="shop"))
        'list widgets.example.com in namespace "shop"'
    """

    verb: str
    group: str
    resource: str
    purpose: str
    namespace: str | None = None
    name: str | None = None
    required: bool = True

    def __str__(self) -> str:
        """Format the permission, for example `list pods/log in namespace "web"`."""
        resource = f"{self.resource}.{self.group}" if self.group else self.resource
        name = f' "{self.name}"' if self.name else ""
        namespace = f' in namespace "{self.namespace}"' if self.namespace else ""
        return f"{self.verb} {resource}{name}{namespace}"


def permissions_for(
    verbs: str,
    group: str,
    resources: str,
    purpose: str,
    *,
    namespace: str | None = None,
    name: str | None = None,
    required: bool = True,
) -> tuple[Permission, ...]:
    """Return one permission for each combination of verb and resource.

    Args:
        verbs: verbs, separated by spaces.
        group: see `Permission`, as for the other arguments.
        resources: plural resource names, separated by spaces.
        purpose: see `Permission`.
        namespace: see `Permission`.
        name: see `Permission`.
        required: see `Permission`.

    Example:
        >>> [str(each) for each in permissions_for("get list", "apps", "deployments", "see Widgets")]
        ['get deployments.apps', 'list deployments.apps']
    """
    return tuple(
        Permission(verb, group, resource, purpose, namespace, name, required)
        for resource in resources.split()
        for verb in verbs.split()
    )


@dataclass(frozen=True)
class Permissions:
    """The permissions that a run needs because of a system under test, or in any case (`FRAMEWORK`).

    Attributes:
        run: permissions outside the namespaces of specs.
        spec: permissions in the namespaces of specs.
        discovery: permissions to discover the capabilities of a cluster.
        optional: named groups of permissions that only some specs need. `Access.missing_optional` reports by the
            same names which are missing.
        shared: permissions that are enough for some specs in a namespace that they share, if the account may not create
            namespaces. Without any, no spec of the system can run then.

    Example:
        >>> widgets = Permissions(spec=permissions_for("get create", "example.com", "widgets", "use Widgets"))
        >>> [str(each) for each in Permissions().merged(widgets).spec]
        ['get widgets.example.com', 'create widgets.example.com']
    """

    run: tuple[Permission, ...] = ()
    spec: tuple[Permission, ...] = ()
    discovery: tuple[Permission, ...] = ()
    optional: Mapping[str, tuple[Permission, ...]] = field(default_factory=dict)
    shared: tuple[Permission, ...] = ()

    def merged(self, *others: Permissions) -> Permissions:
        """Return the union of these permissions and others. A permission is required if any of them requires it."""
        every = (self, *others)
        names = dict.fromkeys(name for each in every for name in each.optional)
        return Permissions(
            run=_union(each.run for each in every),
            spec=_union(each.spec for each in every),
            discovery=_union(each.discovery for each in every),
            optional={
                name: _union(each.optional.get(name, ()) for each in every) for name in names
            },
            shared=_union(each.shared for each in every),
        )


def _union(groups: Iterable[tuple[Permission, ...]]) -> tuple[Permission, ...]:
    found: dict[tuple[str | None, ...], Permission] = {}
    for each in chain.from_iterable(groups):
        key = (each.verb, each.group, each.resource, each.namespace, each.name)
        if key not in found or (each.required and not found[key].required):
            found[key] = each
    return tuple(found.values())


GATEWAY_API = "gateway.networking.k8s.io"
RBAC = "rbac.authorization.k8s.io"
DIAGNOSE = "show why a spec failed"

RUN_PERMISSIONS = (
    *permissions_for(
        "get list watch create delete", "", "namespaces", "create a namespace for each spec"
    ),
    *permissions_for(
        "get list watch create patch delete",
        "coordination.k8s.io",
        "leases",
        "renew the run's Lease",
        namespace=RUN_NAMESPACE,
    ),
)
"""Permissions outside the namespaces of specs."""

SPEC_PERMISSIONS = (
    *permissions_for(
        "get list watch", "", "pods events services serviceaccounts", "watch the objects of specs"
    ),
    *permissions_for("deletecollection", "", "pods", "delete a spec's namespace quickly"),
    *permissions_for("get", "", "pods/log", "read the logs of pods"),
    *permissions_for(
        "list", "apps", "deployments replicasets statefulsets", DIAGNOSE, required=False
    ),
    *permissions_for(
        "list", "", "configmaps persistentvolumeclaims resourcequotas", DIAGNOSE, required=False
    ),
    *permissions_for("list", "discovery.k8s.io", "endpointslices", DIAGNOSE, required=False),
    *permissions_for("list", GATEWAY_API, "grpcroutes", DIAGNOSE, required=False),
)
"""Permissions in the namespaces of specs."""

ACCOUNT_PERMISSIONS = (
    *permissions_for("create", "", "serviceaccounts secrets pods", "create accounts"),
    *permissions_for("get", "", "secrets", "create accounts"),
    *permissions_for("create", RBAC, "roles rolebindings", "create accounts"),
)
"""Permissions for specs that create ServiceAccounts of their own. `manifests/rbac` does not grant them."""

DISCOVERY_PERMISSIONS = (
    *permissions_for("list", "", "nodes", "look up the nodes", required=False),
    *permissions_for(
        "list",
        "storage.k8s.io",
        "storageclasses",
        "look up the default StorageClass",
        required=False,
    ),
)
"""Permissions to discover the capabilities of a cluster."""

FRAMEWORK = Permissions(
    run=RUN_PERMISSIONS,
    spec=SPEC_PERMISSIONS,
    discovery=DISCOVERY_PERMISSIONS,
    optional={"accounts": ACCOUNT_PERMISSIONS},
)
"""The permissions that every run needs, with any system under test."""

BINDING_PERMISSIONS = (
    *permissions_for("create", RBAC, "rolebindings", "get permissions in a spec's namespace"),
    *permissions_for(
        "bind", RBAC, "clusterroles", "get permissions in a spec's namespace", name=SPEC_ROLE
    ),
)
"""Permissions to bind `SPEC_ROLE` in each namespace that the run creates, instead of permissions in all namespaces."""
