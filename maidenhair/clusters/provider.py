"""The protocol of cluster providers: the values they return, and the optional protocols for what only some can do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from maidenhair.clusters.extensions import NO_EXTENSIONS as NO_EXTENSIONS
from maidenhair.clusters.extensions import Extensions as Extensions

CLUSTER_CAPABILITIES = frozenset({"api", "accounts", "own-namespaces"})
"""The capabilities of every cluster that maidenhair creates."""
NODE_CAPABILITIES = frozenset({"nodes"})
"""The additional capabilities of a cluster that has a node with a real kubelet."""


@dataclass(frozen=True)
class Cluster:
    """A running cluster.

    Attributes:
        name: the cluster's name.
        kubeconfig: the kubeconfig file, readable by its owner only. For an existing cluster it may be several files,
            joined as in `KUBECONFIG`.
        context: the cluster's context in the kubeconfig.
        capabilities: the names of its capabilities, such as "api", "accounts" or "nodes".
        kubectl: the kubectl executable that fits the cluster.
        helm: the helm executable that fits the cluster; None if there is none.
        shared_namespace: the namespace that all specs share, because the account of the run may create none; otherwise
            None.
        version: the version of its Kubernetes, such as "v1.36.3"; empty before discovery.

    Example:
        >>> cluster = context.spec.cluster
        >>> cluster.name, "nodes" in cluster.capabilities
        ('example', False)
    """

    name: str
    kubeconfig: Path
    context: str
    capabilities: frozenset[str]
    kubectl: Path
    helm: Path | None = None
    shared_namespace: str | None = None
    version: str = ""


@dataclass(frozen=True)
class ComponentState:
    """The state of one component.

    Attributes:
        machine: the machine that it runs on.
        name: the component's name.
        state: "running"; "exited" if it ended or was killed; "stopped" or "paused" if its machine is.
        last_lines: the last lines of its output if it exited, otherwise empty.
    """

    machine: str
    name: str
    state: str
    last_lines: str = ""


@dataclass(frozen=True)
class NodeState:
    """The state of one node.

    Attributes:
        name: the node's name.
        state: "Ready", "NotReady" or "unknown" according to the API; "stopped" or "paused" if the provider did that.
        reason: why it is not Ready, according to the API or the provider.
    """

    name: str
    state: str
    reason: str = ""


@dataclass(frozen=True)
class ClusterStatus:
    """The state of a cluster: of the components that the provider can see, and of the nodes."""

    components: tuple[ComponentState, ...] = ()
    nodes: tuple[NodeState, ...] = ()

    @property
    def exists(self) -> bool:
        """Whether the cluster exists, in any state."""
        return bool(self.components or self.nodes)

    @property
    def healthy(self) -> bool:
        """Whether the cluster exists and no part of it failed. A stopped or paused node has not failed."""
        running = all(each.state != "exited" for each in self.components)
        ready = all(each.state not in ("NotReady", "unknown") for each in self.nodes)
        return self.exists and running and ready


@dataclass(frozen=True)
class LogLine:
    """A line of a component's output, without the line end."""

    machine: str
    component: str
    text: str


class Provider(Protocol):
    """Create, find and remove clusters.

    Attributes:
        name: the provider's name.
        makes_clusters: whether maidenhair creates this provider's clusters, and so may change and remove them.
    """

    name: str
    makes_clusters: bool

    @property
    def components(self) -> tuple[str, ...]:
        """The names of the toolchain components that its clusters need."""

    @property
    def capabilities(self) -> frozenset[str]:
        """The capabilities of a cluster with these settings once it is up, before any system is deployed."""

    def find(self) -> Cluster | None:
        """Return the running cluster; None if there is none.

        Raises:
            ClusterError: a part of the cluster failed.
        """

    def up(self, preload: Sequence[Path] = ()) -> Cluster:
        """Return the running cluster, and create it first if there is none. It stays until `down`.

        Args:
            preload: image archives to load into its nodes.

        Raises:
            ClusterError: the cluster could not be created; nothing of it is left.
            ToolchainError: a component could not be provided.
        """

    def use(self, preload: Sequence[Path] = ()) -> AbstractContextManager[Cluster]:
        """Yield the running cluster for a `with` block, and create it first if there is none.

        A cluster that `use` created is removed when its last user leaves its `with` block, in whatever process.
        A cluster that a killed process left behind is used.

        Args:
            preload: image archives to load into its nodes.

        Raises:
            ClusterError, ToolchainError: as `up`.
        """

    def down(self) -> None:
        """Remove the cluster and its leftovers. Do nothing if there is none."""

    def status(self) -> ClusterStatus:
        """Return the state of every component and node; empty if there is no cluster."""

    def load_images(self, archives: Iterable[Path]) -> None:
        """Load OCI or docker archives into every node. Skip archives that the nodes already have.

        Raises:
            ClusterError: no cluster runs, or a node refused an archive.
        """


@runtime_checkable
class ComponentLogs(Protocol):
    """A provider that can show the logs of its clusters' components."""

    def logs(
        self,
        machine: str | None = None,
        component: str | None = None,
        tail: int | None = None,
        follow: bool = False,
    ) -> Iterator[LogLine]:
        """Yield the log lines of components, one component after the other.

        Args:
            machine: only this machine; default: all.
            component: only this component; default: all.
            tail: only the last `tail` lines of each component; default: all.
            follow: then yield new lines as they are written, until the iterator is closed.

        Raises:
            ClusterError: the cluster, machine or component does not exist; the message lists those that do.
        """


@runtime_checkable
class NodeFaults(Protocol):
    """A provider that can inject faults into its clusters' machines: the capability "node-faults".

    A method returns when the machine is in its new state. Only where it says so does it wait until the API reports
    that state. It does nothing if the machine is in that state already.
    """

    def stop_node(self, name: str) -> None:
        """Stop a node at once, like a power cut. No process gets a signal that it could handle.

        The node's disk stays: its identity, images and volumes.

        Raises:
            ClusterError: no cluster runs, or it has no such node; the message lists its nodes.
        """

    def start_node(self, name: str) -> None:
        """Start a stopped node with its data and addresses, and wait until the API reports it Ready.

        Raises:
            ClusterError: as `stop_node`, or the node did not become Ready.
        """

    def pause_node(self, name: str) -> None:
        """Freeze every process of a node, like a hung machine: connections stay open, nothing answers.

        Raises:
            ClusterError: as `stop_node`, or the node is stopped.
        """

    def resume_node(self, name: str) -> None:
        """Resume a paused node, and wait until the API reports it Ready.

        Raises:
            ClusterError: as `start_node`.
        """

    def restart(self, machine: str, component: str | None = None) -> None:
        """Kill one component of a machine, or a whole node, and start it again with the same flags and data.

        Wait until the API server answers and, for a node or its component, until the API reports the node Ready.

        Args:
            machine: the machine's name.
            component: the component's name; default: the whole node.

        Raises:
            ClusterError: as `start_node`, or the machine has no such component.
        """


@runtime_checkable
class EngineImages(Protocol):
    """A provider whose nodes are containers of this machine's container engine, so that images are shared by name.

    Nothing is mounted into the pods' containers: an image must contain everything that it needs.
    """

    def build_image(
        self, name: str, dockerfile: Path, folder: Path, arguments: Mapping[str, str]
    ) -> str:
        """Build an image unless the engine has one of this name. Return the name.

        Args:
            name: the image's name. Its tag should contain a digest of the inputs, so that a change builds a new image.
            dockerfile: the Dockerfile.
            folder: the build context.
            arguments: the build arguments.

        Raises:
            ClusterError: no engine answers, or it could not build the image.
        """

    def share_images(self, names: Iterable[str]) -> None:
        """Load images of the engine into every node. The nodes pull images that the engine lacks.

        Raises:
            ClusterError: no cluster runs, or the engine or a node refused one.
        """


@runtime_checkable
class LogExport(Protocol):
    """A provider that can export the logs of its clusters' nodes."""

    def export_logs(self, folder: Path) -> None:
        """Write the nodes' logs into a folder, and create the folder first.

        Raises:
            ClusterError: no cluster runs, or some logs could not be read.
        """
