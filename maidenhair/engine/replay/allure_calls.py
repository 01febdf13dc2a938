"""Makes the calls of the module allure that workers recorded."""

from __future__ import annotations

from maidenhair.engine.wire.records import AllureCalled


def call_allure(event: AllureCalled) -> None:
    """Make a call of allure for the formatter of the run.

    Raises:
        Exception: whatever the formatter raises.
    """
    # Imported here, because it is no dependency of the engine.
    from allure_commons import plugin_manager

    arguments = dict(event.arguments)
    if event.has_error:
        trouble = event.trouble
        error = trouble.exception() if trouble is not None else None
        arguments["exc_type"] = None if error is None else type(error)
        arguments["exc_val"] = error
        arguments["exc_tb"] = trouble.traceback() if trouble is not None else None
    getattr(plugin_manager.hook, event.hook)(**arguments)
