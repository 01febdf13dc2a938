"""The seam between whoever needs a cluster and what makes one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from maidenhair.clusters.extensions import NO_EXTENSIONS as NO_EXTENSIONS
from maidenhair.clusters.extensions import Extensions as Extensions
from maidenhair.errors import ConfigurationError

CLUSTER_CAPABILITIES = frozenset({"api", "accounts"})
"""What every cluster of ours can do."""
NODE_CAPABILITIES = frozenset({"nodes"})
"""What a cluster of ours can do in addition that has a node with a real kubelet."""


@dataclass(frozen=True)
class Cluster:
    """A cluster that runs.

    Attributes:
        name: the cluster's name.
        kubeconfig: a file that only its user can read; of an existing cluster perhaps several, as in `KUBECONFIG`.
        context: the context of that file which names the cluster.
        capabilities: what it can do, such as "api", "accounts", "nodes".
        kubectl: the kubectl to use with it.
        helm: the helm to use with it, where there is one.

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


@dataclass(frozen=True)
class ComponentState:
    """The state of one component.

    Attributes:
        machine: where it runs.
        name: the component's name.
        state: "running", "exited" (it ended by itself or was killed), or "stopped" or "paused" with its machine.
        last_lines: what it printed last, if it exited.
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
        state: "Ready", "NotReady" or "unknown" as the API has it; "stopped" or "paused" where the provider did that.
        reason: why it is not Ready, as the API or the provider tells.
    """

    name: str
    state: str
    reason: str = ""


@dataclass(frozen=True)
class ClusterStatus:
    """The state of a cluster: of its components, as far as the provider sees them, and of its nodes."""

    components: tuple[ComponentState, ...] = ()
    nodes: tuple[NodeState, ...] = ()

    @property
    def exists(self) -> bool:
        """Whether there is a cluster, in whatever state."""
        return bool(self.components or self.nodes)

    @property
    def healthy(self) -> bool:
        """Whether there is a cluster that has nothing dead; what was stopped or paused on purpose is not dead."""
        running = all(each.state != "exited" for each in self.components)
        ready = all(each.state not in ("NotReady", "unknown") for each in self.nodes)
        return self.exists and running and ready


@dataclass(frozen=True)
class LogLine:
    """A line that a component of a machine printed, without its end."""

    machine: str
    component: str
    text: str


class Provider(Protocol):
    """What makes, finds and removes clusters.

    Attributes:
        name: the provider's name.
        makes_clusters: whether its clusters are maidenhair's own, for it to change and to remove.
    """

    name: str
    makes_clusters: bool

    @property
    def components(self) -> tuple[str, ...]:
        """The toolchain's names of what its clusters need on this machine."""

    @property
    def claims(self) -> frozenset[str]:
        """The capabilities that a cluster of its settings has, without any stack, once it is up."""

    def find(self) -> Cluster | None:
        """Return the running cluster, or None when there is none.

        Raises:
            ClusterError: there is one, but a part of it is dead.
        """

    def up(self, preload: Sequence[Path] = ()) -> Cluster:
        """Return the running cluster, made now if there is none; it stays until `down`.

        Args:
            preload: archives of images that its nodes have when it is up.

        Raises:
            ClusterError: it could not be made; nothing of it is left.
            ToolchainError: a component could not be provided.
        """

    def use(self, preload: Sequence[Path] = ()) -> AbstractContextManager[Cluster]:
        """Give the running cluster, made now if there is none, for a body.

        A cluster that was made for a body is removed when the last body that uses it ends, also in other
        processes; one that a killed process left is taken over.

        Raises:
            ClusterError, ToolchainError: as `up`.
        """

    def down(self) -> None:
        """Remove the cluster and all it left; do nothing where there is none."""

    def status(self) -> ClusterStatus:
        """Return the state of every component and node; none where there is no cluster."""

    def load_images(self, archives: Iterable[Path]) -> None:
        """Make images of OCI or docker archives known to every node; those loaded before are passed over.

        Raises:
            ClusterError: no cluster runs, or a node refused an archive.
        """


@runtime_checkable
class ComponentLogs(Protocol):
    """A provider that can show what its clusters' components print."""

    def logs(
        self,
        machine: str | None = None,
        component: str | None = None,
        tail: int | None = None,
        follow: bool = False,
    ) -> Iterator[LogLine]:
        """Yield the lines that components printed, one component after the other.

        Args:
            machine: this machine's alone.
            component: this component's alone.
            tail: only so many last lines of each component.
            follow: go on with what they print from now on, until the iterator is closed.

        Raises:
            ClusterError: there is no cluster, or no such machine or component; the text names those there are.
        """


@runtime_checkable
class NodeFaults(Protocol):
    """A provider that can do to its clusters' machines what happens to real ones; it claims "node-faults".

    Each method returns when the machine is in its new state, not when the API has seen it, except where it says
    so. A machine that is in that state already is left as it is.
    """

    def stop_node(self, name: str) -> None:
        """Stop a node at once, as a power cut does: its processes, those of its pods included, get no warning.

        Its disk stays: the node's identity, images, and volumes.

        Raises:
            ClusterError: no cluster runs, or it has no such node; the text names those there are.
        """

    def start_node(self, name: str) -> None:
        """Start a node that was stopped, with its data and its addresses; return when the API has it Ready.

        Raises:
            ClusterError: as `stop_node`, or the node did not become Ready.
        """

    def pause_node(self, name: str) -> None:
        """Freeze every process of a node: connections stay open, nothing answers, as with a machine that hangs.

        Raises:
            ClusterError: as `stop_node`, or the node is stopped.
        """

    def resume_node(self, name: str) -> None:
        """Let a paused node go on; return when the API has it Ready.

        Raises:
            ClusterError: as `start_node`.
        """

    def restart(self, machine: str, component: str | None = None) -> None:
        """Kill one component of a machine, or a whole node, and start it with the same flags and data.

        Returns when the API server answers and, for a node or a component of one, the API has the node Ready.

        Raises:
            ClusterError: as `start_node`, or the machine has no such component.
        """


@runtime_checkable
class EngineImages(Protocol):
    """A provider whose clusters' nodes run on this machine's container engine, which has images by name.

    Nothing is mounted into their containers: an image has to bring what it needs.
    """

    def build_image(
        self, name: str, dockerfile: Path, folder: Path, arguments: Mapping[str, str]
    ) -> str:
        """Build an image unless the engine has one of that name, and return the name.

        Args:
            name: the image's name; a digest of what goes into it in its tag has it built anew after a change.
            dockerfile: the Dockerfile.
            folder: the folder of the files that it copies.
            arguments: the Dockerfile's arguments.

        Raises:
            ClusterError: no engine answers, or it could not build the image.
        """

    def share_images(self, names: Iterable[str]) -> None:
        """Make images that the engine has known to every node; the nodes pull what it has not.

        Raises:
            ClusterError: no cluster runs, or the engine or a node refused one.
        """


@runtime_checkable
class LogExport(Protocol):
    """A provider that can keep the logs of its clusters' nodes."""

    def export_logs(self, folder: Path) -> None:
        """Write the logs of the nodes below a folder, which is made.

        Raises:
            ClusterError: no cluster runs, or some of them could not be had.
        """


_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?")


def check_cluster_name(name: str) -> None:
    """Let a name pass that can be a cluster's with every provider.

    Raises:
        ConfigurationError: it cannot.
    """
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"cluster name {name!r}: use lower-case letters, digits and '-', 40 characters at most"
        )
