"""The suite: behave's hooks, `context.spec`, capabilities, and the session of a run.

The names in `__all__` are public; the modules are private.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from maidenhair.suite.deferred_cleanup import defer_cleanup
    from maidenhair.suite.hooks import Hooks
    from maidenhair.suite.project import install_hooks
    from maidenhair.suite.spec import Spec

__all__ = ["Hooks", "Spec", "defer_cleanup", "install_hooks"]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        # Imported on first use, because other rooms work without behave.
        match name:
            case "Hooks":
                import maidenhair.suite.hooks as module
            case "defer_cleanup":
                import maidenhair.suite.deferred_cleanup as module
            case "install_hooks":
                import maidenhair.suite.project as module
            case "Spec":
                import maidenhair.suite.spec as module
            case _:
                raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(module, name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
