"""What a run must be allowed to do on a cluster: the framework's own rights, and how systems add theirs.

`manifests/rbac` grants the rights of the framework and of this repository's systems, and no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain

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
        required: whether nothing works without it; else only what `purpose` tells is lacking. Of a right in
            `Permissions.optional`: whether the specs of that group work without it.

    Example:
        >>> str(Right("list", "example.com", "widgets", "wait for Widgets", namespace="shop"))
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
        """Return the right in words, such as `list pods/log in namespace "web"`."""
        resource = f"{self.resource}.{self.group}" if self.group else self.resource
        name = f' "{self.name}"' if self.name else ""
        namespace = f' in namespace "{self.namespace}"' if self.namespace else ""
        return f"{self.verb} {resource}{name}{namespace}"


def rights(
    verbs: str,
    group: str,
    resources: str,
    purpose: str,
    *,
    namespace: str | None = None,
    name: str | None = None,
    required: bool = True,
) -> tuple[Right, ...]:
    """Return a right for each verb and each resource, both separated by spaces; for the rest see `Right`.

    Example:
        >>> [str(right) for right in rights("get list", "apps", "deployments", "see Widgets")]
        ['get deployments.apps', 'list deployments.apps']
    """
    return tuple(
        Right(verb, group, resource, purpose, namespace, name, required)
        for resource in resources.split()
        for verb in verbs.split()
    )


@dataclass(frozen=True)
class Permissions:
    """What a run must be allowed to do: because of a system under test, or whatever it tests (`FRAMEWORK`).

    Attributes:
        run: rights outside of the namespaces of specs.
        spec: rights in the namespaces of specs.
        discovery: rights to find out what a cluster can do.
        optional: by a name, rights that some specs need; `Access.lacking` tells by that name which are missing.

    Example:
        >>> widgets = Permissions(spec=rights("get create", "example.com", "widgets", "work with Widgets"))
        >>> [str(right) for right in Permissions().merged(widgets).spec]
        ['get widgets.example.com', 'create widgets.example.com']
    """

    run: tuple[Right, ...] = ()
    spec: tuple[Right, ...] = ()
    discovery: tuple[Right, ...] = ()
    optional: Mapping[str, tuple[Right, ...]] = field(default_factory=dict)

    def merged(self, *others: Permissions) -> Permissions:
        """Return these permissions and others as one; of one right needed by several the required one stays."""
        every = (self, *others)
        names = dict.fromkeys(name for each in every for name in each.optional)
        return Permissions(
            run=_union(each.run for each in every),
            spec=_union(each.spec for each in every),
            discovery=_union(each.discovery for each in every),
            optional={
                name: _union(each.optional.get(name, ()) for each in every) for name in names
            },
        )


def _union(groups: Iterable[tuple[Right, ...]]) -> tuple[Right, ...]:
    found: dict[tuple[str | None, ...], Right] = {}
    for right in chain.from_iterable(groups):
        key = (right.verb, right.group, right.resource, right.namespace, right.name)
        if key not in found or (right.required and not found[key].required):
            found[key] = right
    return tuple(found.values())


GATEWAY_API = "gateway.networking.k8s.io"
RBAC = "rbac.authorization.k8s.io"
DIAGNOSE = "show why a spec failed"

RUN_RIGHTS = (
    *rights("get list watch create delete", "", "namespaces", "give every spec a namespace"),
    *rights(
        "get list watch create patch delete",
        "coordination.k8s.io",
        "leases",
        "show that the run lives",
        namespace=RUN_NAMESPACE,
    ),
)
"""What a run does outside of its specs' namespaces."""

SPEC_RIGHTS = (
    *rights("get list watch", "", "pods events services serviceaccounts", "see what specs made"),
    *rights("deletecollection", "", "pods", "remove a spec's namespace in seconds"),
    *rights("get", "", "pods/log", "see what programs in pods tell"),
    *rights("list", "apps", "deployments replicasets statefulsets", DIAGNOSE, required=False),
    *rights(
        "list", "", "configmaps persistentvolumeclaims resourcequotas", DIAGNOSE, required=False
    ),
    *rights("list", "discovery.k8s.io", "endpointslices", DIAGNOSE, required=False),
    *rights("list", GATEWAY_API, "grpcroutes", DIAGNOSE, required=False),
)
"""What a run does in the namespaces of its specs."""

ACCOUNT_RIGHTS = (
    *rights("create", "", "serviceaccounts secrets pods", "make accounts"),
    *rights("get", "", "secrets", "make accounts"),
    *rights("create", RBAC, "roles rolebindings", "make accounts"),
)
"""What a run does, where it may, for specs about what accounts may do; `manifests/rbac` grants none of it."""

DISCOVERY_RIGHTS = (
    *rights("list", "", "nodes", "see the nodes", required=False),
    *rights("list", "storage.k8s.io", "storageclasses", "see the default storage", required=False),
)
"""What is looked at to find out what a cluster can do."""

FRAMEWORK = Permissions(
    run=RUN_RIGHTS,
    spec=SPEC_RIGHTS,
    discovery=DISCOVERY_RIGHTS,
    optional={"accounts": ACCOUNT_RIGHTS},
)
"""What every run needs, whatever system is tested."""

BINDING_RIGHTS = (
    *rights("create", RBAC, "rolebindings", "get rights in a spec's namespace"),
    *rights("bind", RBAC, "clusterroles", "get rights in a spec's namespace", name=SPEC_ROLE),
)
"""What takes the place of rights in all namespaces: the run gives them to itself in each namespace it makes."""
