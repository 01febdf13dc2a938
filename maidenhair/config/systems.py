"""What a system under test declares its settings with."""

from __future__ import annotations

from maidenhair.config.declaration import SettingsModel


class SystemSettings(SettingsModel):
    """Base of a system's settings.

    For a system named "skytorch", the field `operator` is `[tool.maidenhair.skytorch] operator` in pyproject, the
    variable MAIDENHAIR_SKYTORCH_OPERATOR, `-D skytorch_operator=…` of behave's and the flag `--skytorch-operator`:

        class SkyTorchSettings(SystemSettings):
            operator: str = setting("stand-in", "The operator.", choices=("stand-in", "upstream"))
    """
