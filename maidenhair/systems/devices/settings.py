"""The settings of device sharing."""

from __future__ import annotations

from collections.abc import Iterator

from maidenhair.clusters.images.chosen import is_absent_archive, is_absent_path, is_go_module
from maidenhair.config import SystemSettings, setting


class DevicesSettings(SystemSettings):
    """The HAMi to deploy."""

    hami: str | None = setting(
        None,
        "HAMi's scheduler: the stand-in, or the real one. Default: the real one if its sources or its image are set or "
        "if it is deployed already, else the stand-in.",
        choices=("stand-in", "upstream"),
    )
    hami_image: str | None = setting(
        None,
        "HAMi: the name or the archive of its image.",
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
        if self.hami == "upstream" and not (self.hami_source or self.hami_image):
            yield "{hami}=upstream needs {hami_source}, or {hami_image} and {hami_chart}; set those"
        for chosen, text in (
            (self.hami_source, "{hami_source}"),
            (self.hami_image, "{hami_image}"),
        ):
            if self.hami == "stand-in" and chosen:
                yield f"{{hami}}=stand-in and {text} are both set; set one of them"
        if self.hami_image and is_absent_archive(self.hami_image):
            yield f"{{hami_image}}={self.hami_image}: there is no such image archive"
        if self.hami_source and not is_go_module(self.hami_source):
            yield f"{{hami_source}}={self.hami_source}: this is no checkout of HAMi, because it has no go.mod"
        if self.hami_chart and is_absent_path(self.hami_chart):
            yield f"{{hami_chart}}={self.hami_chart}: there is no such chart"
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
