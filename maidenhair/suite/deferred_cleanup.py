"""The function with which steps and hooks defer their own cleanups.

In a module of its own, because suites without a cluster use it, and the hooks take time to import.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from maidenhair.engine.limits.time_limits import awaited


def defer_cleanup(context: Any, action: Callable[..., object], *args: Any, **options: Any) -> None:
    """Call an action when the spec ends. In hooks of features or of the run, call it when those end.

    Actions run in reverse order, while the spec's namespace still exists. Every action runs, even after another failed.
    An error fails the spec. No action runs for a failed spec whose namespace is retained (setting `keep_on_failure`).

    Args:
        context: the context of the step or hook.
        action: a function, which may be asynchronous.
        args: its arguments.
        options: its keyword arguments.

    Example:
        >>> def create_widget(context, name):
        ...     print("create", name)
        ...     defer_cleanup(context, print, "remove", name)
        >>> create_widget(context, "blue"), create_widget(context, "red")
        create blue
        create red
        (None, None)
        >>> end_of_spec()
        remove red
        remove blue
    """

    def cleanup() -> object:
        return awaited(action(*args, **options))

    name = getattr(action, "__name__", None) or repr(action)
    if "spec" in context:
        context.spec.defer(f"run the cleanup {name}", cleanup)
    else:
        cleanup.__name__ = name
        context.add_cleanup(cleanup)
