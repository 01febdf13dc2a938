"""Where a kind cluster keeps what is not in its containers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from maidenhair.clusters.folder import ClusterFolder
from maidenhair.clusters.provider import check_cluster_name


@dataclass(frozen=True)
class Layout(ClusterFolder):
    """Where one cluster, which kind calls by the same name, keeps its files."""

    @property
    def context(self) -> str:
        """The context that kind gives the cluster."""
        return f"kind-{self.name}"

    @property
    def configuration(self) -> Path:
        """The configuration that kind is given."""
        return self.folder / "kind.yaml"

    @property
    def mark(self) -> Path:
        """The file that every node of the cluster sees, and no other's: by it the cluster is known as made here."""
        return self.folder / "mark"

    @property
    def loaded(self) -> Path:
        """The folder with a file per archive that the nodes have."""
        return self.folder / "loaded-images"


def layout_for(name: str, state: Path) -> Layout:
    """Return the layout of the cluster `name` below the folder `state`.

    Raises:
        ConfigurationError: the name cannot be one of a cluster.
    """
    check_cluster_name(name)
    return Layout(name, state / "kind" / name)
