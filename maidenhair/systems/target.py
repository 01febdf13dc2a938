"""The cluster that a run will use, as systems see it before it is started or found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from maidenhair._util.progress import Progress
from maidenhair.clusters.images.recipes import Recipe
from maidenhair.clusters.images.store import Image
from maidenhair.clusters.provider import Provider
from maidenhair.clusters.toolchain.model import Tool
from maidenhair.config import Settings

NO_RECIPES: Mapping[str, Recipe] = MappingProxyType({})


class BuildImages(Protocol):
    """A function that builds images."""

    def __call__(
        self, names: Iterable[str], recipes: Mapping[str, Recipe] = NO_RECIPES
    ) -> Mapping[str, Image]:
        """Build images that the cache does not have, and return all by name.

        Args:
            names: the names of recipes of all active systems, or of `recipes`.
            recipes: more recipes by name, for images that depend on settings.
        """


@dataclass(frozen=True)
class Target:
    """The cluster that a run will use, before it is started or found.

    Attributes:
        settings: the settings of the run.
        provider: the provider of the cluster.
        tools: the provided components, by name; empty before they are provided.
        progress: reports long steps.
        build_images: builds images, see `BuildImages`.

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
    build_images: BuildImages

    @property
    def is_owned(self) -> bool:
        """Whether maidenhair creates the cluster. A system can be deployed only then."""
        return self.provider.makes_clusters

    @property
    def has_nodes(self) -> bool:
        """Whether the provider says that the cluster can run pods."""
        return "nodes" in self.provider.capabilities
