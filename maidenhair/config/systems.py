"""The base class for the settings of a system under test."""

from __future__ import annotations

from maidenhair.config.declaration import SettingsModel


class SystemSettings(SettingsModel):
    """Base class for the settings of a system.

    The field `image` of a system "widgets" is `[tool.maidenhair.widgets] image` in pyproject.toml, the variable
    MAIDENHAIR_WIDGETS_IMAGE, `-D widgets_image=…` for behave, and the flag `--widgets-image`.

    Example:
        >>> class WidgetSettings(SystemSettings):
        ...     image: str = setting("widgets:1", "The image of the controller.")
        >>> Settings().of("widgets", WidgetSettings).image
        'widgets:1'
    """
