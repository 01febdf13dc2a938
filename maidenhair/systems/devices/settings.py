"""The settings of device sharing."""

from __future__ import annotations

from collections.abc import Iterator

from maidenhair.config import SystemSettings, setting


class DevicesSettings(SystemSettings):
    """The HAMi to deploy."""

    hami_image: str | None = setting(
        None,
        "HAMi: the name or the archive of its image. Default: a stand-in for its scheduler is deployed.",
    )
    hami_chart: str | None = setting(
        None,
        "HAMi: its helm chart, a folder, an archive or a URL. Default: the chart of the sources.",
    )
    hami_source: str | None = setting(
        None,
        "HAMi: a checkout of its sources. Its scheduler's image is built from them with Go, instead of an image.",
    )

    def problems(self) -> Iterator[str]:
        """Yield a message for each combination of settings that is invalid."""
        if self.hami_source:
            if self.hami_image:
                yield "{hami_source} and {hami_image} are both set; set the sources or an image, not both"
            return
        if self.hami_image and not self.hami_chart:
            yield "{hami_image} needs {hami_chart}, HAMi's helm chart" + _BOTH_OR_NEITHER
        if self.hami_chart and not self.hami_image:
            yield (
                "{hami_chart} needs {hami_image}, the name or the archive of HAMi's image"
                + _BOTH_OR_NEITHER
            )


_BOTH_OR_NEITHER = "; set both, or neither to deploy the stand-in for HAMi's scheduler"
