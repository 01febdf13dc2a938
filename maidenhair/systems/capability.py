"""Capabilities of clusters, and the findings that decide which ones a cluster has."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from maidenhair.kube import Kube, Object
from maidenhair.kube.rbac.access_review import Access

T = TypeVar("T")

NONE = "none"
"""The text in reports for nothing found."""


@dataclass(frozen=True)
class NodeFound:
    """A node of a cluster.

    Attributes:
        name: its name.
        ready: whether it is Ready.
        takes_pods: whether pods without tolerations can run on it: no cordon, no taint, and a real kubelet.
        kubelet: the version of its kubelet.
        runtime: its container runtime with the version; empty on simulated nodes.
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
    """The facts about a cluster.

    Attributes:
        server: the URL of the API server.
        version: the version of Kubernetes.
        access: the permissions of the run's account.
        claims: the capabilities that the provider claims, because the API cannot show them.
        owned: whether maidenhair created the cluster, and can load images on its nodes.
        nodes: the nodes.
        storage: the default StorageClass.
        helm: the path of helm on this machine.
        unseen: the response of the API to each forbidden request, by what was requested.
        systems: the findings of each active system, by its name; see `System.look`.

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
        """The nodes that are Ready and accept pods."""
        return tuple(node for node in self.nodes if node.ready and node.takes_pods)

    def of(self, system: str, kind: type[T]) -> T:
        """Return the findings of a system.

        Args:
            system: the name of the system.
            kind: the type of its findings.


        Raises:
            KeyError: the system is not active.
            TypeError: its findings have another type.
        """
        found = self.systems[system]
        if not isinstance(found, kind):
            raise TypeError(
                f"the findings of system {system!r} are a {type(found).__name__}, not a {kind.__name__}"
            )
        return found

    def why_unseen(self, what: str) -> str | None:
        """Return why the account may not read something, or None if it may."""
        why = self.unseen.get(what)
        return f"the account may not read {what}: {why}" if why else None

    def absence(self, what: str) -> str:
        """Return the report's text for something that was not found: forbidden, or none."""
        return "no permission to read" if what in self.unseen else NONE

    def missing_nodes(self) -> str | None:
        """Return why no node of the cluster can run pods, or None if one can."""
        if self.usable_nodes:
            return None
        return self.why_unseen("nodes") or (
            f"none of its {len(self.nodes)} nodes is Ready and accepts pods"
            if self.nodes
            else "it has no nodes"
        )

    def missing_helm(self) -> str | None:
        """Return why no Helm chart can be installed; None if one can."""
        if self.helm is None:
            return "helm is not on this machine: install it, or set MAIDENHAIR_TOOL_HELM"
        return None

    def missing_permission(self, group: str) -> str | None:
        """Return the first optional permission of a group that the run's account lacks, or None if it has all."""
        rights = self.access.missing_optional.get(group)
        return f"the run's account may not {rights[0]}" if rights else None


@dataclass(frozen=True)
class Capability:
    """Something that a cluster can do and that specs may need, with a tag such as `@use.with_nodes=yes`.

    Attributes:
        name: lower-case words with hyphens. Tags have underscores instead of hyphens.
        meaning: its description, one sentence.
        missing: returns None if the cluster has it, or why it lacks it, as a clause. It sends no requests.
        trial: tries what no finding shows, for example how an operator treats an object, and returns what `missing`
            does. Its argument is what `System.open` returned for the first spec that needs the capability. Each worker
            calls it once at most, and only if `missing` returned None.

    Example:
        >>> Capability("widgets", "Widgets are served.", lambda findings: None).name
        'widgets'
    """

    name: str
    meaning: str
    missing: Callable[[Findings], str | None]
    trial: Callable[[Any], str | None] | None = None


class Look(Protocol):
    """A view of the cluster for `System.look`. Forbidden requests are recorded, and raise no error.

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
        """The client of the cluster's API."""

    @property
    def nodes(self) -> Collection[Object]:
        """The Node objects of the cluster."""

    def ask(self, what: str, question: Callable[[Kube], T], otherwise: T) -> T:
        """Call `question`. Return `otherwise` if its kind is not served, or if the account may not read it.

        Args:
            what: the subject, for example "the Gateway". It is the key in `Findings.unseen` if it is forbidden.
            question: sends a request and returns the result.
            otherwise: the result if there is none.

        Raises:
            KubernetesError: the API did not respond, or refused for another reason than permissions.
        """
