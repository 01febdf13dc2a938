"""The protocol of a system under test: its methods, when they are called, and what they return.

Derive a class from `System`, set `name`, and override the methods that the system needs. An entry point names the
class. Installing a package activates nothing; the settings of a project do:

    # pyproject.toml of the package that contains the system
    [project.entry-points."maidenhair.systems"]
    widgets = "widgets_e2e.system:Widgets"

    # pyproject.toml of a project that tests the system
    [tool.maidenhair]
    systems = ["widgets"]

A project can also name a class in its own folder: `systems = ["widgets_system:Widgets"]`.

Order of the calls in a run. The main process makes calls 1 to 8 once. Workers receive `Deployment.state`.

1. `settings`: when all settings are loaded.
2. `components`, `recipes`, `mounts`: before the cluster starts.
3. `needs`: the components to download or build; then `use_tools`.
4. `prepare`: before the cluster starts, so that a new cluster starts with the system's images.
5. `Deployment.apply`: on the running cluster, at the same time as other systems.
6. `observe`: entered until all specs have ended.
7. `permissions`, `look`, `capabilities`, `flaws`, `describe`: for the report on the cluster.
8. `needs` again, with the capabilities of the cluster.
9. `open` in a worker, before each spec. Steps use its result as `context.<name>`. `knowledge`, if a spec fails.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from maidenhair._util.progress import Progress
from maidenhair.clusters.images.recipes import Recipe
from maidenhair.clusters.provider import Cluster
from maidenhair.clusters.toolchain.components import Pins
from maidenhair.clusters.toolchain.model import Component, Tool
from maidenhair.config import Settings, SystemSettings
from maidenhair.kube import Kube
from maidenhair.kube.diagnosis.knowledge import Knowledge
from maidenhair.kube.rbac.permissions import Permissions
from maidenhair.kube.run.inventory import Inventory
from maidenhair.systems.capability import Capability, Findings, Look
from maidenhair.systems.flaw import Flaw
from maidenhair.systems.machine_check import MachineCheck
from maidenhair.systems.target import Target

T = TypeVar("T")


class Deployment(Protocol):
    """A prepared system: its images are built, its manifests and charts are chosen.

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
        """The OCI archives that are loaded on the cluster's nodes."""

    @property
    def shared_images(self) -> tuple[str, ...]:
        """The names of images to copy from the container engine of this machine, for providers that use one."""

    @property
    def state(self) -> Any:
        """A value for workers, which `System.open` receives. It must be picklable."""

    def apply(self, kube: Kube, cluster: Cluster, progress: Progress) -> None:
        """Deploy or upgrade the system, and return when it is ready. At once, if exactly this is deployed.

        Every run calls it. A lock on the cluster keeps other processes from deploying at the same time.

        Raises:
            MaidenhairError: an object did not become ready. Say which object, what was seen, and the likely cause.
        """

    def remove(self, kube: Kube, cluster: Cluster, progress: Progress) -> None:
        """Remove the system, and return when it is gone. Do nothing if it is not deployed."""


@dataclass(frozen=True)
class NoDeployment:
    """The deployment of a system that deploys nothing.

    Attributes:
        state: see `Deployment`.

    Example:
        >>> NoDeployment().archives
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
    """The part of a spec that a system may use.

    Attributes:
        settings: the settings of the run.
        namespaces: the namespaces whose objects explain a failure. A system adds shared namespaces that the spec uses.

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
        """The cluster, with its discovered capabilities."""

    @property
    def namespace(self) -> str:
        """The spec's own namespace. It is created at first use, and removed when the spec ends."""

    @property
    def inventory(self) -> Inventory:
        """Creates objects for the spec, and removes them when it ends."""

    @property
    def folder(self) -> Path:
        """A folder for the spec's files. It is removed when the spec ends."""

    def enter(self, what: str, manager: AbstractContextManager[T]) -> T:
        """Enter a context manager that is exited when the spec ends. `what` names the cleanup in its errors."""

    def defer(self, what: str, action: Callable[[], object]) -> None:
        """Call `action` when the spec ends. Actions run in reverse order. `what` names the cleanup in its errors."""

    def labels(self, *, shared: bool = False) -> Mapping[str, str]:
        """Return the labels of an object that is created without the inventory. `shared`: other specs use it, too."""

    def kubeconfig(self, name: str, **changes: str) -> Path:
        """Write a kubeconfig of the spec's cluster to a file of that name; see `write_kubeconfig` for `changes`."""

    def tool(self, component: str) -> Path:
        """Return the path of a component. It is downloaded or built if it is missing."""

    def shared_namespace(self) -> str:
        """Return the namespace that all specs of the run share. It is created at first use."""


class System:
    """Base class of systems under test. Set `name`, and override the methods that the system needs.

    Attributes:
        name: a Python identifier: the prefix of the system's settings. Steps use the system as `context.<name>`.

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
        """Return the class that declares the system's settings. Other methods get them with `Settings.of(name, kind)`.

        They are read from `[tool.maidenhair.<name>]`, `MAIDENHAIR_<NAME>_*` and the command line.
        """
        return SystemSettings

    def capabilities(self) -> Sequence[Capability]:
        """Return the capabilities that a cluster can have because of the system. Names must be unique among systems."""
        return ()

    def flaws(self) -> Sequence[Flaw]:
        """Return the known flaws of the system, with whose tags specs are expected to fail."""
        return ()

    def components(self, pins: Pins) -> Sequence[Component]:
        """Return the components that the toolchain can find, download or build for the system.

        Args:
            pins: reads pinned versions, and downloads releases.

        Raises:
            ToolchainError: a file that pins a version cannot be read.
        """
        return ()

    def recipes(self) -> Mapping[str, Recipe]:
        """Return the recipes of the system's images, by name. Names must be unique among systems."""
        return {}

    def mounts(self) -> Mapping[str, str]:
        """Return folders that every container of an embedded cluster mounts read-only, instead of a large image.

        Keys are paths in containers. Values are names of components that are folders.
        """
        return {}

    def needs(self, target: Target, capabilities: Collection[str]) -> Sequence[str]:
        """Return the names of the components that the system and its specs need on a cluster with these capabilities.

        Called before the cluster starts, with the capabilities that it is expected to have, and again after discovery.
        """
        return ()

    def use_tools(self, tools: Mapping[str, Tool]) -> None:
        """Use the provided components, for example to make Python packages importable."""

    def check_machine(self) -> Sequence[MachineCheck]:
        """Check what the system needs on this machine besides components, for `maidenhair doctor`."""
        return ()

    def prepare(self, target: Target) -> Deployment:
        """Prepare the deployment. Build images and read files, but send nothing to a cluster.

        Return a `NoDeployment` if maidenhair does not own the cluster (`target.is_owned`). Raise MaidenhairError if an
        image could not be built, or if a setting is wrong.
        """
        return NoDeployment()

    def observe(
        self, deployment: Deployment, kube: Kube, cluster: Cluster, progress: Progress
    ) -> AbstractContextManager[object]:
        """Return a context manager that is open while specs run, for example to collect logs.

        Args:
            deployment, kube, cluster, progress: what `prepare` returned, the API, the cluster, and what prints lines.
        """
        return nullcontext()

    def permissions(self) -> Permissions:
        """Return the permissions that the account of a run needs because of the system."""
        return Permissions()

    def look(self, look: Look) -> Any:
        """Look for the system on a running cluster. The return value becomes `Findings.of(name, kind)`."""
        return None

    def describe(self, findings: Findings) -> Sequence[tuple[str, str]]:
        """Return lines for the report on the cluster: pairs of a short label and text."""
        return ()

    def knowledge(self) -> Knowledge:
        """Return the knowledge that explains failures of the system: namespaces, kinds and rules of causes."""
        return Knowledge()

    def open(self, spec: SpecAccess, state: Any) -> object:
        """Return the object that steps use as `context.<name>`.

        Called before each spec that is not skipped, so it must be fast: open connections at first use.

        Args:
            spec: the part of the spec that a system may use.
            state: `Deployment.state` from the main process, or None if the system was not prepared.
        """
        return None
