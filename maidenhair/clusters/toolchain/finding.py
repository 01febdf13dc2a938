"""Where a component would come from, seen without making anything."""

from __future__ import annotations

from dataclasses import dataclass

from maidenhair.clusters.toolchain.maker import Maker
from maidenhair.clusters.toolchain.obstacle import Obstacle
from maidenhair.clusters.toolchain.tool import Tool


@dataclass(frozen=True)
class Finding:
    """Where one component would come from.

    Attributes:
        name: the component's name.
        tool: the component, if it is there.
        maker: what would make it, if it is not.
        obstacles: why those that come before, or all, cannot make it.
        failures: the places where it was looked for in vain, and why.
    """

    name: str
    tool: Tool | None = None
    maker: Maker | None = None
    obstacles: tuple[Obstacle, ...] = ()
    failures: tuple[str, ...] = ()
