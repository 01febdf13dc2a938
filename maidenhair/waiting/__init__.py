"""Waiting for an expectation: `eventually` it holds, or `consistently` it keeps holding.

Both take a source (a function, or an object that says when it changes) and a PyHamcrest matcher,
and say on failure what was expected, what was last seen, and how it got there. `aio` has both
for steps that are `async def`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from maidenhair.waiting.sources import Changing, Source, StopCondition
    from maidenhair.waiting.sync import consistently, eventually

__all__ = ["Changing", "Source", "StopCondition", "consistently", "eventually"]


def __getattr__(name: str) -> Any:
    # Imported on first use: the engine watches waits also where nobody waits, and PyHamcrest takes long to import.
    if name in ("Changing", "Source", "StopCondition"):
        from maidenhair.waiting import sources

        return getattr(sources, name)
    if name in ("consistently", "eventually"):
        from maidenhair.waiting import sync

        return getattr(sync, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
