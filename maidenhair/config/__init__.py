"""Settings: declared here or by a system, and read from pyproject.toml, the environment and command lines."""

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
