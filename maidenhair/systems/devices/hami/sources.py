"""HAMi's scheduler from a checkout of its sources: the image, and the chart beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from maidenhair.clusters.images import GoProgram, Image
from maidenhair.clusters.images.archive import ImageConfig
from maidenhair.clusters.images.chosen import checkout
from maidenhair.systems.target import Target

SETTING = "MAIDENHAIR_DEVICES_HAMI_SOURCE"
HAMI = "hami-scheduler"
"""The name of the image."""


def chart_of(source: str) -> str:
    """Return the chart in a checkout of HAMi."""
    return str(checkout(source) / "charts" / "hami")


def build_from_sources(target: Target, source: str, names: Iterable[str]) -> Mapping[str, Image]:
    """Build the scheduler's image from the checkout `source`, and other images; see `Target.build_program`."""
    covers = target.settings.coverage
    program = GoProgram(SETTING, checkout(source), "./cmd/scheduler", uses_c=True, covers=covers)
    # The chart starts `scheduler`, and runs it as root.
    config = ImageConfig(command=("scheduler",), environment={"PATH": "/k8s-vgpu/bin:/bin"})
    path = "/k8s-vgpu/bin/scheduler"
    return target.build_program("HAMi's scheduler", HAMI, program, path, config, names)
