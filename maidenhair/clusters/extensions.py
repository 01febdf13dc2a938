"""Additions of systems under test to a cluster: toolchain components, and folders mounted into its containers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from maidenhair.clusters.toolchain import Tool
from maidenhair.clusters.toolchain.components import ComponentSource


@dataclass(frozen=True)
class Extensions:
    """The additions of systems under test to a cluster.

    Attributes:
        sources: functions that declare additional toolchain components.
        mounts: folders that are mounted read-only into every container of an embedded cluster. Maps the path in the
            container to the name of the component whose folder is mounted.
    """

    sources: tuple[ComponentSource, ...] = ()
    mounts: Mapping[str, str] = field(default_factory=dict)

    @property
    def mounted(self) -> tuple[str, ...]:
        """The names of the components that are mounted."""
        return tuple(dict.fromkeys(self.mounts.values()))

    def folders(self, tools: Mapping[str, Tool]) -> dict[str, str]:
        """Map each mount's path in containers to its folder on this machine."""
        return {path: str(tools[name].path) for path, name in self.mounts.items()}


NO_EXTENSIONS = Extensions()
"""No additions."""
