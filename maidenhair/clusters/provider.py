"""The seam between whoever needs a cluster and what makes one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

PYTHON_MOUNT = "/opt/maidenhair/python"
"""Where every container of an embedded cluster sees torch and SkyTorch, read-only."""


@dataclass(frozen=True)
class Cluster:
    """A cluster that runs.

    Attributes:
        name: the cluster's name.
        kubeconfig: a file that only its user can read.
        context: the context of that file which names the cluster.
        capabilities: what it can do, such as "api", "nodes", "gateway".
        kubectl: the kubectl to use with it.
    """

    name: str
    kubeconfig: Path
    context: str
    capabilities: frozenset[str]
    kubectl: Path


@dataclass(frozen=True)
class ComponentState:
    """The state of one component: where it runs, "running" or "exited", and its last lines if it ended."""

    machine: str
    name: str
    state: str
    last_lines: str = ""


class Provider(Protocol):
    """What makes, finds and removes clusters."""

    name: str

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

    def status(self) -> Sequence[ComponentState]:
        """Return the state of every component; none where there is no cluster."""

    def load_images(self, archives: Iterable[Path]) -> None:
        """Make images of OCI or docker archives known to every node; those loaded before are passed over.

        Raises:
            ClusterError: no cluster runs, or a node refused an archive.
        """
