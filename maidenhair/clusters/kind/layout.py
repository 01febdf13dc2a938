"""The files of a kind cluster on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from maidenhair.clusters.folder import ClusterFolder, check_cluster_name


@dataclass(frozen=True)
class Layout(ClusterFolder):
    """The files of one cluster, whose name is also its name in kind."""

    @property
    def context(self) -> str:
        """The name of the context that kind writes into the kubeconfig."""
        return f"kind-{self.name}"

    @property
    def configuration(self) -> Path:
        """The configuration file for kind."""
        return self.folder / "kind.yaml"

    @property
    def mark(self) -> Path:
        """The file that is mounted into every node, which shows that maidenhair created the cluster."""
        return self.folder / "mark"

    @property
    def loaded(self) -> Path:
        """The folder with one empty file per archive that was loaded into the nodes."""
        return self.folder / "loaded-images"


def layout_for(name: str, state: Path) -> Layout:
    """Return the layout of a cluster.

    Args:
        name: the cluster's name.
        state: the folder of running clusters.

    Raises:
        ConfigurationError: the name is invalid.
    """
    check_cluster_name(name)
    return Layout(name, state / "kind" / name)
