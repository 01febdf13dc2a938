"""What systems under test add to a cluster: components, and folders that its containers see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from maidenhair.clusters.toolchain import Tool
from maidenhair.clusters.toolchain.components import ComponentSource


@dataclass(frozen=True)
class Extensions:
    """What systems under test add to a cluster.

    Attributes:
        sources: declare the components that they add to the toolchain.
        mounts: folders that every container of an embedded cluster sees, read-only: the path in the container, and
            the name of the component that is the folder.
    """

    sources: tuple[ComponentSource, ...] = ()
    mounts: Mapping[str, str] = field(default_factory=dict)

    @property
    def mounted(self) -> tuple[str, ...]:
        """The names of the components that are mounted."""
        return tuple(dict.fromkeys(self.mounts.values()))

    def folders(self, tools: Mapping[str, Tool]) -> dict[str, str]:
        """Return the folder on this machine of each mount, by its path in containers."""
        return {path: str(tools[name].path) for path, name in self.mounts.items()}


NO_EXTENSIONS = Extensions()
"""For a cluster that no system under test adds anything to."""
