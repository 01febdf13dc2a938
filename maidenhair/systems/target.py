"""The cluster that a run will use, as systems see it before it is started or found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from maidenhair._util.progress import Progress
from maidenhair.clusters.images.archive import ImageConfig
from maidenhair.clusters.images.go_program import GoProgram
from maidenhair.clusters.images.recipes import ImageMaker, Recipe
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

    def build_program(
        self,
        title: str,
        name: str,
        program: GoProgram,
        path: str,
        config: ImageConfig,
        names: Iterable[str] = (),
    ) -> Mapping[str, Image]:
        """Build the image of a Go program from its sources, and other images by the names of their recipes.

        Args:
            title: the program's title for the progress line, such as "the widget controller".
            name: the image's name.
            program: the sources and how to build them.
            path: the path of the program in the image.
            config: the configuration of its containers.
            names: the names of the other images.

        Returns:
            The images, by name.

        Raises:
            ConfigurationError: the sources do not exist, or lack the program.
            ToolchainError: Go or a C compiler is missing, or the sources do not compile.
        """

        def recipe(maker: ImageMaker) -> Image:
            return maker.go_program(name, program, path, config)

        with self.progress.step(f"Building {title} from {program.folder}"):
            return self.build_images([*names, name], {name: recipe})

    @property
    def has_nodes(self) -> bool:
        """Whether the provider says that the cluster can run pods."""
        return "nodes" in self.provider.capabilities
