"""The settings of SkyTorch's stack."""

from __future__ import annotations

from collections.abc import Iterator

from maidenhair.config import SystemSettings, setting


class SkyTorchSettings(SystemSettings):
    """Settings of the SkyTorch operator and of its server image."""

    operator: str = setting(
        "stand-in",
        "The SkyTorch operator: the stand-in, or the real one.",
        choices=("stand-in", "upstream"),
    )
    operator_image: str | None = setting(
        None, "Upstream operator: an image's name or its archive. Default: as its manifests say."
    )
    operator_manifests: str | None = setting(
        None, "Upstream operator: the kustomize folder or URL of its manifests."
    )
    test_image: str | None = setting(
        None,
        "The SkyTorch server image: a name or an archive. Default: one that is built.",
        variable="SKYTORCH_TEST_IMAGE",
    )

    def problems(self) -> Iterator[str]:
        """Yield a message for each combination of settings that is invalid."""
        if self.operator == "upstream" and not self.operator_manifests:
            yield (
                "{operator}=upstream needs {operator_manifests}, a kustomize folder or URL with the operator's "
                "manifests; set it, or use the operator stand-in"
            )
