"""One scenario as executed: what its steps work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import cached_property, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from maidenhair._util.progress import Progress
from maidenhair.clusters.provider import Cluster, Provider
from maidenhair.clusters.toolchain import Toolchain
from maidenhair.config import Settings
from maidenhair.engine.execution.cleanups import Cleanups
from maidenhair.kube import Kube
from maidenhair.kube.kubectl import Kubectl
from maidenhair.kube.objects import Objects
from maidenhair.kube.rbac.service_accounts import write_kubeconfig
from maidenhair.kube.run.inventory import Inventory
from maidenhair.kube.run.run import Run
from maidenhair.suite.session import Session
from maidenhair.waiting.journal import Journal

T = TypeVar("T")


class Spec:
    """A spec with its cluster and its namespace; steps find it as `context.spec`.

    What an active system offers beside it is `context.<name of the system>`.

    Attributes:
        settings: the settings of the run.
        session: the cluster with the systems deployed.
        cleanups: what is undone when the spec ends, the last first.
        namespaces: where objects are that it works with: its own, and what it shares with other specs.

    Example:
        >>> spec = context.spec
        >>> widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "blue"}}
        >>> made = spec.inventory.apply({**widget, "spec": {"size": 3}})
        >>> made["metadata"]["namespace"] == spec.namespace
        True
        >>> spec.kube.get("example.com/v1", "Widget", "blue", spec.namespace)["spec"]
        {'size': 3}
    """

    def __init__(
        self,
        session: Session,
        open_namespace: Callable[[], AbstractContextManager[str]],
        cleanups: Cleanups,
        run: Run,
        journal: Journal,
    ) -> None:
        self.settings: Settings = session.settings
        self.session = session
        self.cleanups = cleanups
        self.namespaces: list[str] = []
        self._open_namespace = open_namespace
        self._run = run
        self._journal = journal

    @property
    def kube(self) -> Kube:
        """The client of the cluster's API."""
        return self.session.kube

    @property
    def cluster(self) -> Cluster:
        """The cluster, with all that it can do among its capabilities."""
        return self.session.cluster

    @property
    def provider(self) -> Provider:
        """What made the cluster or found it: it can stop nodes and show logs, if the cluster allows it."""
        return self.session.provider

    @cached_property
    def namespace(self) -> str:
        """The spec's own namespace, removed with everything in it when the spec ends.

        It is made at first use: removing one takes seconds, and specs of what others share need none.

        Raises:
            KubernetesError: it could not be made.
        """
        name = self.enter("remove the spec's namespace", self._open_namespace())
        self.namespaces.insert(0, name)
        return name

    @property
    def has_namespace(self) -> bool:
        """Whether the spec has used a namespace of its own."""
        return "namespace" in vars(self)

    @property
    def inventory(self) -> Inventory:
        """What makes objects in the namespace and outside of namespaces, and removes them when the spec ends."""
        return self._run.inventory(self.namespace)

    @property
    def made_outside(self) -> Objects:
        """What the spec made outside of its namespace."""
        if not self.has_namespace:
            return []
        return [each for each in self.inventory.objects if not each["metadata"].get("namespace")]

    @property
    def notes(self) -> Mapping[str, Callable[[], str]]:
        """What was written down of the spec's waits and connections, for the diagnostics of a failure."""
        return {kind: partial(self._journal.text, kind) for kind in self._journal.kinds}

    def enter(self, what: str, manager: AbstractContextManager[T]) -> T:
        """Enter a context manager that is left when the spec ends; `what` names the clean-up in its errors."""
        return self.cleanups.enter(what, manager)

    def defer(self, what: str, action: Callable[[], object]) -> None:
        """Call `action` when the spec ends; the last deferred action is called first."""
        self.cleanups.add(what, action)

    def another_namespace(self) -> str:
        """Make a namespace that the spec works with beside its own, and that goes with it; return its name."""
        name = self.enter("remove another namespace", self._run.namespace("another"))
        self.namespaces.append(name)
        return name

    def shared_namespace(self) -> str:
        """Return the namespace that all specs of the run share, made at first use."""
        return self._run.shared_namespace()

    def kubeconfig(self, name: str, **changes: str) -> Path:
        """Return a kubeconfig of the spec's cluster for others to use; what is changed is `write_kubeconfig`'s."""
        cluster = self.cluster
        path = self.folder / name
        return write_kubeconfig(
            path, cluster.kubeconfig, cluster.context, cluster.kubectl, **changes
        )

    @cached_property
    def kubectl(self) -> Kubectl:
        """kubectl for the spec's cluster, in its namespace."""
        own = self.kubeconfig("kubectl", namespace=self.namespace)
        return Kubectl(self.cluster.kubectl, own, self.folder / "cache")

    @cached_property
    def folder(self) -> Path:
        """A folder for the spec's files, removed when it ends."""
        folder = TemporaryDirectory(prefix="maidenhair-spec-")
        return Path(self.enter("remove the spec's files", folder))

    def tool(self, component: str) -> Path:
        """Return the path of a component that only some specs use; it is made now where the machine lacks it.

        Raises:
            ToolchainError: it could not be provided.
        """
        sources = self.session.systems.extensions.sources
        toolchain = Toolchain(self.settings, Progress(), extra=sources)
        return toolchain.ensure([component])[component].path
