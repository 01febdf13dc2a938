"""The settings of SkyTorch's stack."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from maidenhair.clusters.images.chosen import is_absent_archive, is_absent_path, is_go_module
from maidenhair.config import SystemSettings, setting


class SkyTorchSettings(SystemSettings):
    """Settings of the SkyTorch operator and of its server image."""

    operator: str | None = setting(
        None,
        "The SkyTorch operator: the stand-in, or the real one. Default: the real one if its sources are set or if it "
        "is deployed already, else the stand-in.",
        choices=("stand-in", "upstream"),
    )
    operator_image: str | None = setting(
        None, "Upstream operator: an image's name or its archive. Default: as its manifests say."
    )
    operator_manifests: str | None = setting(
        None, "Upstream operator: the kustomize folder or URL of its manifests."
    )
    source: str | None = setting(
        None,
        "Upstream operator: a checkout of its sources. Its image is built from them with Go, and its config/e2e is "
        "deployed unless other manifests are set.",
    )
    test_image: str | None = setting(
        None,
        "The SkyTorch server image: a name or an archive. Default: one that is built.",
        variable="SKYTORCH_TEST_IMAGE",
    )

    def problems(self) -> Iterator[str]:
        """Yield a message for each combination of settings that is invalid."""
        if self.is_upstream and not (self.operator_manifests or self.source):
            yield (
                "{operator}=upstream needs {operator_manifests}, a kustomize folder or URL with the operator's "
                "manifests, or {source}, a checkout of its sources; set one, or use the operator stand-in"
            )
        images = {"operator_image": self.operator_image, "test_image": self.test_image}
        for name, image in images.items():
            if image and is_absent_archive(image):
                yield f"{{{name}}}={image}: there is no such image archive"
        if self.source and not is_go_module(self.source):
            yield f"{{source}}={self.source}: this is no checkout of SkyTorch, because it has no go.mod"
        if self.operator_manifests and is_absent_path(self.operator_manifests):
            yield f"{{operator_manifests}}={self.operator_manifests}: there is no such folder"
        if self.operator == "stand-in" and self.source:
            yield "{operator}=stand-in and {source} are both set; set one of them"
        if self.source and self.operator_image:
            yield "{source} and {operator_image} are both set; set the sources or an image, not both"

    @property
    def is_upstream(self) -> bool:
        """Whether the real operator is deployed, and not the stand-in."""
        return self.operator == "upstream" or self.source is not None

    @property
    def manifests(self) -> str:
        """The kustomize folder or URL of the real operator; empty for the stand-in."""
        if self.operator_manifests or not self.source:
            return self.operator_manifests or ""
        return str(Path(self.source).expanduser() / "config" / "e2e")
