"""maidenhair: end-to-end tests for Kubernetes, in the manner of Ginkgo, on behave.

Public are the names below, and those of `maidenhair.suite`, `waiting`, `kube`, `systems` and `matchers`. All else is
the framework's own, and may change with any release.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from maidenhair import errors, matchers
    from maidenhair.clusters.provider import Cluster
    from maidenhair.config import Settings, SystemSettings, setting
    from maidenhair.engine import Runner
    from maidenhair.kube import Kube, Object
    from maidenhair.suite import Hooks, Spec, defer_cleanup, install_hooks
    from maidenhair.systems import Capability, Deployment, Findings, NoDeployment, System, Target
    from maidenhair.waiting import aio, consistently, eventually

__version__ = "0.1.0"
__all__ = [
    "Capability",
    "Cluster",
    "Deployment",
    "Findings",
    "Hooks",
    "Kube",
    "NoDeployment",
    "Object",
    "Runner",
    "Settings",
    "Spec",
    "System",
    "SystemSettings",
    "Target",
    "aio",
    "consistently",
    "defer_cleanup",
    "errors",
    "eventually",
    "install_hooks",
    "matchers",
    "setting",
]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        # Imported on first use: images that carry parts of the package have none of the packages that others need.
        match name:
            case "errors":
                import maidenhair.errors as module

                return module
            case "matchers":
                import maidenhair.matchers as module

                return module
            case "Cluster":
                import maidenhair.clusters.provider as module
            case "Settings" | "SystemSettings" | "setting":
                import maidenhair.config as module
            case "Runner":
                import maidenhair.engine as module
            case "Kube" | "Object":
                import maidenhair.kube as module
            case "Hooks" | "Spec" | "defer_cleanup" | "install_hooks":
                import maidenhair.suite as module
            case "Capability" | "Deployment" | "Findings" | "NoDeployment" | "System" | "Target":
                import maidenhair.systems as module
            case "aio" | "consistently" | "eventually":
                import maidenhair.waiting as module
            case _:
                raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(module, name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
