"""Systems under test. The framework imports them only through the registry.

`system` is the protocol. The names in `__all__` are public, and a system is written with them. The modules are private.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from maidenhair._util.progress import Progress
    from maidenhair.clusters.images.archive import ImageConfig
    from maidenhair.clusters.images.go_program import GoProgram
    from maidenhair.clusters.images.recipes import ImageMaker, Recipe
    from maidenhair.clusters.images.store import Image
    from maidenhair.clusters.toolchain.components import Pins
    from maidenhair.clusters.toolchain.model import Component, Tool
    from maidenhair.config import SystemSettings, setting
    from maidenhair.systems.capability import Capability, Findings, Look
    from maidenhair.systems.flaw import Flaw
    from maidenhair.systems.machine_check import MachineCheck
    from maidenhair.systems.system import Deployment, NoDeployment, SpecAccess, System
    from maidenhair.systems.target import Target

__all__ = [
    "Capability",
    "Component",
    "Deployment",
    "Findings",
    "Flaw",
    "GoProgram",
    "Image",
    "ImageConfig",
    "ImageMaker",
    "Look",
    "MachineCheck",
    "NoDeployment",
    "Pins",
    "Progress",
    "Recipe",
    "SpecAccess",
    "System",
    "SystemSettings",
    "Target",
    "Tool",
    "setting",
]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        # Imported on first use, because images contain parts of systems without the rest of the framework.
        match name:
            case "Progress":
                import maidenhair._util.progress as module
            case "ImageConfig":
                import maidenhair.clusters.images.archive as module
            case "GoProgram":
                import maidenhair.clusters.images.go_program as module
            case "ImageMaker" | "Recipe":
                import maidenhair.clusters.images.recipes as module
            case "Image":
                import maidenhair.clusters.images.store as module
            case "Pins":
                import maidenhair.clusters.toolchain.components as module
            case "Component" | "Tool":
                import maidenhair.clusters.toolchain.model as module
            case "SystemSettings" | "setting":
                import maidenhair.config as module
            case "Capability" | "Findings" | "Look":
                import maidenhair.systems.capability as module
            case "Flaw":
                import maidenhair.systems.flaw as module
            case "MachineCheck":
                import maidenhair.systems.machine_check as module
            case "Deployment" | "NoDeployment" | "SpecAccess" | "System":
                import maidenhair.systems.system as module
            case "Target":
                import maidenhair.systems.target as module
            case _:
                raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(module, name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
