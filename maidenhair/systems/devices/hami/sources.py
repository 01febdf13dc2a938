"""HAMi's scheduler from a checkout of its sources: the image, and the chart beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from maidenhair.clusters.images import GoProgram, Image, ImageMaker
from maidenhair.clusters.images.archive import ImageConfig
from maidenhair.systems.target import Target

SETTING = "MAIDENHAIR_DEVICES_HAMI_SOURCE"
HAMI = "hami-scheduler"
"""The name of the image."""


def chart_of(source: str) -> str:
    """Return the chart in a checkout of HAMi."""
    return str(folder_of(source) / "charts" / "hami")


def build_from_sources(target: Target, source: str, names: Iterable[str]) -> Mapping[str, Image]:
    """Build the image of HAMi's scheduler from a checkout, and other images by the names of their recipes.

    Args:
        target: the cluster.
        source: the checkout.
        names: the names of the other images.

    Returns:
        The images, by name.

    Raises:
        ConfigurationError: the checkout does not exist, or has no scheduler.
        ToolchainError: Go or a C compiler is missing, or the sources do not compile.
    """
    program = GoProgram(
        SETTING, folder_of(source), "./cmd/scheduler", uses_c=True, covers=target.settings.coverage
    )

    def recipe(maker: ImageMaker) -> Image:
        # The chart starts `scheduler`, and runs it as root.
        config = ImageConfig(command=("scheduler",), environment={"PATH": "/k8s-vgpu/bin:/bin"})
        return maker.go_program(HAMI, program, "/k8s-vgpu/bin/scheduler", config)

    with target.progress.step(f"Building HAMi's scheduler from {program.folder}"):
        return target.build_images([*names, HAMI], {HAMI: recipe})


def folder_of(source: str) -> Path:
    """Return the absolute path of a checkout."""
    return Path(source).expanduser().absolute()
