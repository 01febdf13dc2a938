"""A thin layer over the Kubernetes API: apply, watch, own, explain and diagnose objects.

The names in `__all__` are public. The modules are private.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from maidenhair.kube.client import Kube
    from maidenhair.kube.diagnosis.causes.cause import Cause
    from maidenhair.kube.diagnosis.explain import explain, stop_when_hopeless
    from maidenhair.kube.diagnosis.facts import Facts
    from maidenhair.kube.diagnosis.knowledge import Knowledge
    from maidenhair.kube.manifests.reading import read_manifests
    from maidenhair.kube.objects import Object
    from maidenhair.kube.rbac.permissions import Permission, Permissions, permissions_for
    from maidenhair.kube.watch.watched import WatchedObject, WatchedObjects

__all__ = [
    "Cause",
    "Facts",
    "Knowledge",
    "Kube",
    "Object",
    "Permission",
    "Permissions",
    "WatchedObject",
    "WatchedObjects",
    "explain",
    "permissions_for",
    "read_manifests",
    "stop_when_hopeless",
]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        # Import on first use: small images carry parts of this package without the dependencies of the others.
        match name:
            case "Kube":
                import maidenhair.kube.client as module
            case "Cause":
                import maidenhair.kube.diagnosis.causes.cause as module
            case "explain" | "stop_when_hopeless":
                import maidenhair.kube.diagnosis.explain as module
            case "Facts":
                import maidenhair.kube.diagnosis.facts as module
            case "Knowledge":
                import maidenhair.kube.diagnosis.knowledge as module
            case "read_manifests":
                import maidenhair.kube.manifests.reading as module
            case "Object":
                import maidenhair.kube.objects as module
            case "Permission" | "Permissions" | "permissions_for":
                import maidenhair.kube.rbac.permissions as module
            case "WatchedObject" | "WatchedObjects":
                import maidenhair.kube.watch.watched as module
            case _:
                raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(module, name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
