"""How a run goes: workers, order, limits, attempts, cleanups and interrupts; knows behave, knows nothing of Kubernetes.

A suite of behave's uses it by `runner = "maidenhair.engine:Runner"` in `[tool.behave]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from maidenhair.engine.capture.text_filters import add_text_filter
    from maidenhair.engine.runner import Runner

__all__ = ["Runner", "add_text_filter"]


def __getattr__(name: str) -> Any:
    # Imported at first use: the options are used without behave.
    if name == "Runner":
        from maidenhair.engine.runner import Runner

        return Runner
    if name == "add_text_filter":
        from maidenhair.engine.capture.text_filters import add_text_filter

        return add_text_filter
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
