"""The protocol of a system under test: what is called when, with what, and what may be returned.

A system is a class that derives from `System` and overrides what it has; everything but `name` has a default. It
becomes known by an entry point, and active by the project's settings; installing a package activates nothing:

    # pyproject.toml of the package that brings the system
    [project.entry-points."maidenhair.systems"]
    widgets = "widgets_e2e.system:Widgets"

    # pyproject.toml of a project that tests it
    [tool.maidenhair]
    systems = ["widgets"]

A project whose system is in no package names the class instead: `systems = ["widgets_system:Widgets"]`.

Order of the calls in a run. Everything up to `needs` happens once, in the process of the run; workers get what
`Deployment.state` returns, and call `open` and `knowledge`:

1. `settings`: with all other settings, before anything else.
2. `components`, `recipes`, `mounts`: before the cluster is made.
3. `needs`: which components to download or build; `use_tools`: once they are there.
4. `prepare`: still before the cluster is made, so that a new cluster starts with the system's images.
5. `Deployment.apply`: on the running cluster, side by side with the other systems.
6. `permissions`, `look`, `capabilities`, `describe`: what the cluster is and can do is found out and reported.
7. `needs` once more, with the capabilities of the cluster.
8. In every worker, for each spec: `open`, whose result steps get as `context.<name>`. `knowledge`, if a spec fails.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from maidenhair._util.progress import Progress
from maidenhair.clusters.images.recipes import Recipe
from maidenhair.clusters.images.store import Image
from maidenhair.clusters.provider import Cluster, Provider
from maidenhair.clusters.toolchain.components import Pins
from maidenhair.clusters.toolchain.model import Component, Tool
from maidenhair.config import Settings, SystemSettings
from maidenhair.kube import Kube
from maidenhair.kube.diagnosis.knowledge import Knowledge
from maidenhair.kube.rbac.permissions import Permissions
from maidenhair.kube.run.inventory import Inventory
from maidenhair.systems.capability import Capability, Findings, Look
from maidenhair.systems.machine_check import MachineCheck

T = TypeVar("T")


@dataclass(frozen=True)
class Target:
    """The cluster that a run is about to use, before it is made or found.

    Attributes:
        settings: the settings of the run.
        provider: what makes the cluster, or finds it.
        tools: the components that are there, by name; none before they are provided.
        progress: where long steps are reported.
        build_images: returns images by their recipes' names, built unless the cache has them; it takes the recipes of
            all active systems.

    Example:
        >>> class Widgets(System):
        ...     name = "widgets"
        ...
        ...     def prepare(self, target: Target) -> Deployment:
        ...         if not target.is_owned:
        ...             return NoDeployment()
        ...         return NoDeployment(state=target.settings.cluster_name)
        >>> Widgets().prepare(target).state
        'example'
    """

    settings: Settings
    provider: Provider
    tools: Mapping[str, Tool]
    progress: Progress
    build_images: Callable[[Iterable[str]], Mapping[str, Image]]

    @property
    def is_owned(self) -> bool:
        """Whether maidenhair makes the cluster: only then may a system be deployed on it."""
        return self.provider.makes_clusters

    @property
    def has_nodes(self) -> bool:
        """Whether the cluster can run pods, as far as the provider knows."""
        return "nodes" in self.provider.capabilities


class Deployment(Protocol):
    """A system that is ready to be deployed: images are built, manifests and charts are chosen.

    Example:
        >>> colours = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "colours"}}
        >>> class WidgetsDeployment:
        ...     archives = shared_images = ()
        ...     state = None
        ...
        ...     def apply(self, kube, cluster, progress):
        ...         kube.apply_all([colours])
        ...
        ...     def remove(self, kube, cluster, progress):
        ...         kube.delete("v1", "ConfigMap", "colours")
        >>> WidgetsDeployment().apply(kube, context.spec.cluster, Progress())
        >>> kube.get("v1", "ConfigMap", "colours")["kind"]
        'ConfigMap'
    """

    @property
    def archives(self) -> tuple[Path, ...]:
        """The OCI archives that the cluster's nodes must have."""

    @property
    def shared_images(self) -> tuple[str, ...]:
        """Names of images that this machine's container engine may have, for providers that use one."""

    @property
    def state(self) -> Any:
        """What workers and `System.open` need to know of the deployment; it is pickled."""

    def apply(self, kube: Kube, cluster: Cluster, progress: Progress) -> None:
        """Deploy the system, or upgrade what another run deployed, and return when it is ready.

        It is called for every run, so it returns at once where just this is deployed. Nothing else deploys it
        meanwhile: the framework holds a lock on the cluster.

        Raises:
            MaidenhairError: a part did not become ready, with the object, what was seen, and the likely cause.
        """

    def remove(self, kube: Kube, cluster: Cluster, progress: Progress) -> None:
        """Remove what `apply` deployed, and return when it is gone; do nothing where there is none of it."""


@dataclass(frozen=True)
class NoDeployment:
    """The deployment of a system of which nothing is deployed: the cluster is used as it is.

    Attributes:
        state: see `Deployment`.

    Example:
        >>> NoDeployment(state={"colour": "grey"}).archives
        ()
    """

    state: Any = None
    archives: tuple[Path, ...] = ()
    shared_images: tuple[str, ...] = ()

    def apply(self, kube: Kube, cluster: Cluster, progress: Progress) -> None:
        """Do nothing."""

    def remove(self, kube: Kube, cluster: Cluster, progress: Progress) -> None:
        """Do nothing."""


class SpecAccess(Protocol):
    """What a system may use of the spec that it is opened for.

    Attributes:
        settings: the settings of the run.
        namespaces: the namespaces whose objects explain a failure; a system adds those that it lends to the spec.

    Example:
        >>> class Widgets:
        ...     def __init__(self, spec: SpecAccess) -> None:
        ...         self._spec = spec
        ...
        ...     def create(self, name):
        ...         widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": name}}
        ...         return self._spec.inventory.apply(widget)
        >>> Widgets(context.spec).create("blue")["metadata"]["namespace"] == context.spec.namespace
        True
    """

    settings: Settings
    namespaces: list[str]

    @property
    def kube(self) -> Kube:
        """The client of the cluster's API."""

    @property
    def cluster(self) -> Cluster:
        """The cluster, with all that it can do among its capabilities."""

    @property
    def namespace(self) -> str:
        """The spec's own namespace, created at first use and removed when the spec ends."""

    @property
    def inventory(self) -> Inventory:
        """What creates objects for the spec, and removes them when it ends."""

    @property
    def folder(self) -> Path:
        """A folder for the spec's files, removed when it ends."""

    def enter(self, what: str, manager: AbstractContextManager[T]) -> T:
        """Enter a context manager that is left when the spec ends; `what` names the clean-up in its errors."""

    def defer(self, what: str, action: Callable[[], object]) -> None:
        """Call `action` when the spec ends; the last deferred action is called first."""

    def kubeconfig(self, name: str, **changes: str) -> Path:
        """Return a kubeconfig of the spec's cluster in a file of that name; see `write_kubeconfig` for the changes."""

    def tool(self, component: str) -> Path:
        """Return the path of a component; it is provided now if the machine lacks it."""

    def shared_namespace(self) -> str:
        """Return the namespace that all specs of the run share, created at first use."""


class System:
    """A system under test. Derive from it, set `name`, and override what the system has.

    Attributes:
        name: a Python identifier: it is the prefix of the system's settings, and steps reach the system as
            `context.<name>`.

    Example:
        >>> class Widgets(System):
        ...     name = "widgets"
        ...
        ...     def capabilities(self):
        ...         return [Capability("widgets", "Widgets are served.", lambda findings: None)]
        >>> Widgets().capabilities()[0].name
        'widgets'
    """

    name: str

    def settings(self) -> type[SystemSettings]:
        """Return the class that declares the system's settings.

        They are read from `[tool.maidenhair.<name>]` in pyproject, from `MAIDENHAIR_<NAME>_*` and from the command
        line, and reach every call as `Settings.of(name, kind)`.
        """
        return SystemSettings

    def capabilities(self) -> Sequence[Capability]:
        """Return what a cluster can do because of the system. The names are unique among all active systems."""
        return ()

    def components(self, pins: Pins) -> Sequence[Component]:
        """Return the components that the toolchain must know of: what to find, download or build on this machine.

        Args:
            pins: where versions are pinned, and what fetches releases.

        Raises:
            ToolchainError: a file that pins a version cannot be read.
        """
        return ()

    def recipes(self) -> Mapping[str, Recipe]:
        """Return how the system's images are built, by name. The names are unique among all active systems."""
        return {}

    def mounts(self) -> Mapping[str, str]:
        """Return read-only folders of every container of an embedded cluster.

        Keys are paths in containers; values are names of components that are folders. It saves an image of gigabytes.
        """
        return {}

    def needs(self, target: Target, capabilities: Collection[str]) -> Sequence[str]:
        """Return the names of the components that have to be there, of the system or of the framework.

        It is called before the cluster is made, with the capabilities that it will have as far as that is known, and
        again when it is known what the cluster can do.

        Args:
            target: the cluster.
            capabilities: what the cluster can do.
        """
        return ()

    def use_tools(self, tools: Mapping[str, Tool]) -> None:
        """Take note of the components that are there, for example to make Python packages importable."""

    def check_machine(self) -> Sequence[MachineCheck]:
        """Return what the system needs of this machine beside components, for `maidenhair doctor`."""
        return ()

    def prepare(self, target: Target) -> Deployment:
        """Return the system ready to be deployed. It may build images and read files, and sends nothing to a cluster.

        On a cluster that is not maidenhair's own (`target.is_owned`) return a `NoDeployment`.

        Raises:
            MaidenhairError: an image could not be built, or a setting is wrong.
        """
        return NoDeployment()

    def permissions(self) -> Permissions:
        """Return what the account of a run must be allowed to do because of the system."""
        return Permissions()

    def look(self, look: Look) -> Any:
        """Find out about the system on a running cluster; return what `Findings.of(name, kind)` gives then."""
        return None

    def describe(self, findings: Findings) -> Sequence[tuple[str, str]]:
        """Return lines for the report on the cluster: a label of a word or two, and a text."""
        return ()

    def knowledge(self) -> Knowledge:
        """Return what explains failures of the system: namespaces, kinds and rules of causes."""
        return Knowledge()

    def open(self, spec: SpecAccess, state: Any) -> object:
        """Return what the steps of a spec get as `context.<name>`.

        It is called before each spec that is not skipped, so it must be quick: open connections at first use.

        Args:
            spec: what the system may use of the spec.
            state: what `Deployment.state` was in the process of the run; None where the system was not prepared.
        """
        return None
