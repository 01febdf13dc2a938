"""Waiting for an expectation: `eventually` it holds, or `consistently` it goes on holding.

Both take a source (a function, or an object that says when it changes) and a PyHamcrest matcher,
and say on failure what was expected, what was last seen, and how it got there. `aio` has both
for steps that are `async def`. Public are the names below; the modules are the framework's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from maidenhair.waiting import aio
    from maidenhair.waiting.sources import Changing, Source, StopCondition
    from maidenhair.waiting.sync import consistently, eventually

__all__ = ["Changing", "Source", "StopCondition", "aio", "consistently", "eventually"]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        # Imported on first use: the engine watches waits also where nobody waits, and PyHamcrest takes long to import.
        match name:
            case "aio":
                import maidenhair.waiting.aio as module

                return module
            case "Changing" | "Source" | "StopCondition":
                import maidenhair.waiting.sources as module
            case "consistently" | "eventually":
                import maidenhair.waiting.sync as module
            case _:
                raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(module, name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
