"""Settings: declared here or by a system, and read from pyproject.toml, the environment and command lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from maidenhair.config.cluster import Settings
    from maidenhair.config.declaration import setting
    from maidenhair.config.engine import EngineSettings
    from maidenhair.config.loading import active_systems, load_settings, userdata_settings
    from maidenhair.config.systems import SystemSettings

__all__ = [
    "EngineSettings",
    "Settings",
    "SystemSettings",
    "active_systems",
    "load_settings",
    "setting",
    "userdata_settings",
]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        # Imported on first use: every worker imports the settings of the engine, and few import those of clusters.
        match name:
            case "Settings":
                import maidenhair.config.cluster as module
            case "setting":
                import maidenhair.config.declaration as module
            case "EngineSettings":
                import maidenhair.config.engine as module
            case "active_systems" | "load_settings" | "userdata_settings":
                import maidenhair.config.loading as module
            case "SystemSettings":
                import maidenhair.config.systems as module
            case _:
                raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(module, name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
