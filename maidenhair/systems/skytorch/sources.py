"""The SkyTorch operator from a checkout of its sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from maidenhair.clusters.images import GoProgram, Image, ImageMaker
from maidenhair.clusters.images.archive import ImageConfig
from maidenhair.clusters.images.entries import NONROOT
from maidenhair.systems.target import Target

SETTING = "MAIDENHAIR_SKYTORCH_SOURCE"
OPERATOR = "skytorch-operator"
"""The name of the image."""


def build_from_sources(target: Target, source: str, names: Iterable[str]) -> Mapping[str, Image]:
    """Build the operator's image from a checkout, and other images by the names of their recipes.

    Args:
        target: the cluster.
        source: the checkout.
        names: the names of the other images.

    Returns:
        The images, by name.

    Raises:
        ConfigurationError: the checkout does not exist, or has no operator.
        ToolchainError: Go is missing, or the sources do not compile.
    """
    covers = target.settings.coverage
    program = GoProgram(SETTING, folder_of(source), "./cmd/operator", covers=covers)

    def recipe(maker: ImageMaker) -> Image:
        config = ImageConfig(entrypoint=("/manager",), user=NONROOT)
        return maker.go_program(OPERATOR, program, "/manager", config)

    with target.progress.step(f"Building the SkyTorch operator from {program.folder}"):
        return target.build_images([*names, OPERATOR], {OPERATOR: recipe})


def folder_of(source: str) -> Path:
    """Return the absolute path of a checkout."""
    return Path(source).expanduser().absolute()
