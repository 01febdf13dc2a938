"""The spec: a scenario as it is executed, with its cluster and namespace."""

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
from maidenhair.kube.run.labels import RUN_LABEL
from maidenhair.kube.run.run import SHARED, Run
from maidenhair.suite.session import Session
from maidenhair.waiting.journal import Journal

T = TypeVar("T")


class Spec:
    """The running spec. Steps use it as `context.spec`, and active systems as `context.<name of the system>`.

    Attributes:
        settings: the settings of the run.
        session: the cluster with the systems deployed.
        cleanups: the actions that run when the spec ends, in reverse order.
        namespaces: the namespaces whose diagnostics are collected if the spec fails: its own, and those that it shares
            with other specs. Append the name of another namespace that explains a failure of this spec. For an operator
            that all specs use, the setting `diagnostics_namespaces` names its namespace.

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
    def run(self) -> Run:
        """The run. Its inventory holds the objects that live until the run ends, for example an operator."""
        return self._run

    @property
    def kube(self) -> Kube:
        """The client of the cluster's API."""
        return self.session.kube

    @property
    def cluster(self) -> Cluster:
        """The cluster, with its discovered capabilities."""
        return self.session.cluster

    @property
    def provider(self) -> Provider:
        """The provider of the cluster. Depending on its capabilities, it can stop nodes and show logs."""
        return self.session.provider

    @cached_property
    def namespace(self) -> str:
        """The spec's own namespace. It is removed with everything in it when the spec ends.

        It is created at first use, because removing a namespace takes seconds and some specs need none.

        Raises:
            KubernetesError: the namespace could not be created.
        """
        name = self.enter("remove the spec's namespace", self._open_namespace())
        self.namespaces.insert(0, name)
        return name

    @property
    def has_namespace(self) -> bool:
        """Whether the spec's own namespace was created."""
        return "namespace" in vars(self)

    @property
    def inventory(self) -> Inventory:
        """Creates objects in the namespace and outside of namespaces, and removes them when the spec ends."""
        return self._run.inventory_of(self.namespace)

    @property
    def created_outside(self) -> Objects:
        """The objects that the spec created outside of its namespace."""
        if not self.has_namespace:
            return []
        return [each for each in self.inventory.objects if not each["metadata"].get("namespace")]

    @property
    def notes(self) -> Mapping[str, Callable[[], str]]:
        """The journal of the spec's waits and connections, for diagnostics: functions that return text, by kind."""
        return {kind: partial(self._journal.text, kind) for kind in self._journal.kinds}

    def enter(self, what: str, manager: AbstractContextManager[T]) -> T:
        """Enter a context manager that is exited when the spec ends. `what` names the cleanup in its errors."""
        return self.cleanups.enter(what, manager)

    def defer(self, what: str, action: Callable[[], object]) -> None:
        """Call `action` when the spec ends. Actions run in reverse order. `what` names the cleanup in its errors."""
        self.cleanups.add(what, action)

    def another_namespace(self) -> str:
        """Create an additional namespace, which is removed when the spec ends. Return its name."""
        name = self.enter("remove another namespace", self._run.namespace("another"))
        self.namespaces.append(name)
        return name

    def shared_namespace(self) -> str:
        """Return the namespace that all specs of the run share. It is created at first use."""
        return self._run.shared_namespace()

    def labels(self, *, shared: bool = False) -> Mapping[str, str]:
        """Return the labels of an object that the spec creates without its inventory. Empty in a namespace of its own.

        Args:
            shared: whether other specs of the run use the object, too.
        """
        if self.cluster.shared_namespace is None:
            return {}
        return self._run.labels(SHARED) if shared else {RUN_LABEL: self._run.id}

    def kubeconfig(self, name: str, **changes: str) -> Path:
        """Write a kubeconfig of the spec's cluster to a file in `folder`. Return its path.

        Args:
            name: the name of the file.
            changes: the changes; see `write_kubeconfig`.
        """
        cluster = self.cluster
        path = self.folder / name
        return write_kubeconfig(
            path, cluster.kubeconfig, cluster.context, cluster.kubectl, **changes
        )

    @cached_property
    def kubectl(self) -> Kubectl:
        """A kubectl for the spec's cluster and namespace."""
        own = self.kubeconfig("kubectl", namespace=self.namespace)
        return Kubectl(self.cluster.kubectl, own, self.folder / "cache")

    @cached_property
    def folder(self) -> Path:
        """A folder for the spec's files, removed when it ends."""
        folder = TemporaryDirectory(prefix="maidenhair-spec-")
        return Path(self.enter("remove the spec's files", folder))

    def tool(self, component: str) -> Path:
        """Return the path of a component that only some specs use. It is downloaded or built if it is missing.

        Raises:
            ToolchainError: it could not be provided.
        """
        sources = self.session.systems.extensions.sources
        toolchain = Toolchain(self.settings, Progress(), extra=sources)
        return toolchain.ensure([component])[component].path
