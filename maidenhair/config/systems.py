"""What a system under test declares its settings with."""

from __future__ import annotations

from maidenhair.config.declaration import SettingsModel


class SystemSettings(SettingsModel):
    """Base of a system's settings.

    For a system named "widgets", the field `image` is `[tool.maidenhair.widgets] image` in pyproject, the variable
    MAIDENHAIR_WIDGETS_IMAGE, `-D widgets_image=…` of behave's and the flag `--widgets-image`.

    Example:
        >>> class WidgetSettings(SystemSettings):
        ...     image: str = setting("widgets:1", "The image of the controller.")
        >>> Settings().of("widgets", WidgetSettings).image
        'widgets:1'
    """
