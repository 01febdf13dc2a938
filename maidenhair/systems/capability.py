"""What a cluster can do, and the findings from which that is decided."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from maidenhair.kube import Kube, Object
from maidenhair.kube.rbac.access_review import Access

T = TypeVar("T")

NONE = "none"
"""The report's text for something that there is none of."""


@dataclass(frozen=True)
class NodeFound:
    """A node.

    Attributes:
        name: its name.
        ready: whether it is Ready.
        takes_pods: whether pods without tolerations are scheduled to it: no cordon, no taint, and a real kubelet.
        kubelet: the kubelet's version.
        runtime: the container runtime and its version; "" where nothing runs containers, as on simulated nodes.
    """

    name: str
    ready: bool
    takes_pods: bool
    kubelet: str
    runtime: str


@dataclass(frozen=True)
class StorageFound:
    """The default StorageClass and its provisioner."""

    name: str
    provisioner: str


@dataclass(frozen=True)
class Findings:
    """What was found out about a cluster.

    Attributes:
        server: the API server's address.
        version: the version of Kubernetes.
        access: what the account of the run may do.
        claims: the capabilities that the provider claims, for what the API cannot tell.
        owned: whether maidenhair made the cluster, and so may load images into its nodes.
        nodes: the nodes.
        storage: the default storage.
        helm: the helm of this machine.
        unseen: what may not be looked at, and the API's answer.
        systems: what each active system found, by the system's name; see `System.look`.

    Example:
        >>> findings.missing_nodes()
        'it has no nodes'
        >>> findings.of("widgets", int)
        3
    """

    server: str
    version: str
    access: Access
    claims: frozenset[str] = frozenset()
    owned: bool = False
    nodes: tuple[NodeFound, ...] = ()
    storage: StorageFound | None = None
    helm: str | None = None
    unseen: Mapping[str, str] = field(default_factory=dict)
    systems: Mapping[str, Any] = field(default_factory=dict)

    @property
    def usable_nodes(self) -> tuple[NodeFound, ...]:
        """Return the nodes that are Ready and take pods."""
        return tuple(node for node in self.nodes if node.ready and node.takes_pods)

    def of(self, system: str, kind: type[T]) -> T:
        """Return what the system of a name found, which is of the type `kind`.

        Raises:
            KeyError: the system is not active.
        """
        found = self.systems[system]
        if not isinstance(found, kind):
            raise TypeError(f"the system {system!r} found a {type(found).__name__}, not a {kind}")
        return found

    def why_unseen(self, what: str) -> str | None:
        """Return why something may not be looked at; None if it may."""
        why = self.unseen.get(what)
        return f"{what} may not be looked at: {why}" if why else None

    def absence(self, what: str) -> str:
        """Return the report's text for something that was not found: it may not be looked at, or there is none."""
        return "may not be looked at" if what in self.unseen else NONE

    def missing_nodes(self) -> str | None:
        """Return why no node of the cluster can run pods; None if one can."""
        if self.usable_nodes:
            return None
        return self.why_unseen("nodes") or (
            f"none of its {len(self.nodes)} nodes is Ready and takes pods"
            if self.nodes
            else "it has no nodes"
        )

    def missing_permission(self, group: str) -> str | None:
        """Return the first optional permission of a group that the run's account lacks; None if it has all."""
        rights = self.access.missing_optional.get(group)
        return f"the run's account may not {rights[0]}" if rights else None


@dataclass(frozen=True)
class Capability:
    """Something that a cluster can do and that specs may need, with a tag such as `@use.with_nodes=yes`.

    Attributes:
        name: lower-case words with hyphens; in tags the hyphens are underscores.
        meaning: what a cluster with it can do, in one sentence.
        missing: returns why a cluster lacks it, as one clause, or None if the cluster has it. It sends no requests.

    Example:
        >>> Capability("widgets", "Widgets are served.", lambda findings: None).name
        'widgets'
    """

    name: str
    meaning: str
    missing: Callable[[Findings], str | None]


class Look(Protocol):
    """A view of the cluster for `System.look`: questions that an account may not ask are noted, not raised.

    Example:
        >>> class Widgets(System):
        ...     name = "widgets"
        ...
        ...     def look(self, look: Look) -> int:
        ...         return len(look.ask("Widgets", lambda kube: kube.list("example.com/v1", "Widget"), []))
        >>> Widgets().look(look)
        0
    """

    @property
    def kube(self) -> Kube:
        """The cluster's API."""

    @property
    def nodes(self) -> Collection[Object]:
        """The cluster's nodes, as the API shows them."""

    def ask(self, what: str, question: Callable[[Kube], T], otherwise: T) -> T:
        """Return the answer to a question, `otherwise` where the kind is not served or may not be seen.

        Args:
            what: what is looked at, such as "the Gateway"; `Findings.unseen` has it if that is forbidden.
            question: asks the API.
            otherwise: the answer where there is none.

        Raises:
            KubernetesError: the API did not answer, or refused for another reason than permissions.
        """
