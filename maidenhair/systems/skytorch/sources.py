"""The SkyTorch operator from a checkout of its sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from maidenhair.clusters.images import GoProgram, Image
from maidenhair.clusters.images.archive import ImageConfig
from maidenhair.clusters.images.chosen import checkout
from maidenhair.clusters.images.entries import NONROOT
from maidenhair.systems.target import Target

SETTING = "MAIDENHAIR_SKYTORCH_SOURCE"
OPERATOR = "skytorch-operator"
"""The name of the image."""


def build_from_sources(target: Target, source: str, names: Iterable[str]) -> Mapping[str, Image]:
    """Build the operator's image from the checkout `source`, and other images; see `Target.build_program`."""
    covers = target.settings.coverage
    program = GoProgram(SETTING, checkout(source), "./cmd/operator", covers=covers)
    config = ImageConfig(entrypoint=("/manager",), user=NONROOT)
    title = "the SkyTorch operator"
    return target.build_program(title, OPERATOR, program, "/manager", config, names)
