"""behave's context with cleanups that all run."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

from behave.runner import Context

from maidenhair.engine.execution.cleanups import Cleanups, Undo
from maidenhair.engine.execution.time_limits import CONTEXT, Guard
from maidenhair.engine.execution.tracebacks import without_engine
from maidenhair.errors import CleanupFailed, CleanupInterrupted, ConfigurationError


def defer_cleanup(function: Callable[..., object], *args: Any, **options: Any) -> None:
    """Have a function, which may be asynchronous, called when the scenario, rule, feature or run of the caller ends.

    To be called in a step, hook or fixture. The last one deferred runs first; each runs whatever becomes of the
    others, also when the run is interrupted meanwhile, and an error of it fails the spec.

    Raises:
        ConfigurationError: no step or hook of a run by this engine calls it.
    """
    context = CONTEXT.get(None)
    if context is None:
        raise ConfigurationError(
            "defer_cleanup was called outside of steps and hooks, or in a thread, or by a run without the engine; "
            "there, use context.add_cleanup"
        )
    context.defer_cleanup(function, *args, **options)


def embed(formatter: Any, mime_type: str, data: bytes) -> None:
    """Give an attachment to a formatter; one that comes after the last step belongs to that."""
    if not hasattr(formatter, "embedding"):
        return
    try:
        formatter.embedding(mime_type, data)
    except IndexError:
        # behave's JSON formatter looks for the step that follows.
        if getattr(formatter, "_step_index", 0) > 0:
            formatter._step_index -= 1
            formatter.embedding(mime_type, data)
            formatter._step_index += 1


class _LayerCleanups(Cleanups):
    """The cleanups of one layer of the context, in place of the list of functions that behave has there."""

    def __init__(self, call: Callable[[Undo], object]) -> None:
        super().__init__(call)
        self._functions: list[Undo] = []

    def __contains__(self, function: object) -> bool:
        return function in self._functions

    def append(self, function: Undo) -> None:
        """Defer a call of a function."""
        self._functions.append(function)
        self.add(f"run the cleanup {_name_of(function)}", function)


class EngineContext(Context):  # type: ignore[misc]
    """The context that steps and hooks get.

    Args:
        runner: behave's runner.
        guard: runs the cleanups.
    """

    def __init__(self, runner: Any, guard: Guard) -> None:
        self._guard = guard
        super().__init__(runner)
        self._root["@cleanups"] = _LayerCleanups(self._clean_up)

    def defer_cleanup(self, function: Callable[..., object], *args: Any, **options: Any) -> None:
        """Have a function called when the current scenario, rule, feature or run ends; see `defer_cleanup`."""

        def cleanup() -> object:
            return function(*args, **options)

        cleanup.__name__ = _name_of(function)
        self._cleanups_of_layer().append(cleanup)

    def suspend_cleanups(self) -> None:
        """Let no cleanup of the current scenario, rule, feature or run, deferred so far, ever run."""
        self._cleanups_of_layer().suspend()

    def attach(self, mime_type: str, data: bytes) -> None:
        """Give data, such as a screenshot, to the formatters that take such."""
        for formatter in self._runner.formatters:
            embed(formatter, mime_type, data)

    def _push(self, layer: str | None = None) -> None:
        super()._push(layer)
        self._stack[0]["@cleanups"] = _LayerCleanups(self._clean_up)

    def _cleanups_of_layer(self) -> _LayerCleanups:
        cleanups: _LayerCleanups = self._stack[0]["@cleanups"]
        return cleanups

    def _do_cleanups(self) -> None:
        """Run the cleanups of the innermost layer."""
        try:
            self._cleanups_of_layer().run()
        except CleanupFailed:
            if self.fail_on_cleanup_errors:
                raise

    def _clean_up(self, cleanup: Undo) -> None:
        """Run one cleanup within the limit of all, and report its error as behave does."""
        if self._guard.skipping:
            return
        self._runner.cleaning()
        try:
            self._call(cleanup)
        except Exception as error:
            self._root["cleanup_errors"] += 1
            report = getattr(self, "on_cleanup_error", self.print_cleanup_error)
            report(self, cleanup, error)
            raise

    def _call(self, cleanup: Undo) -> None:
        name = f"the cleanup {_name_of(cleanup)}"
        try:
            self._guard.call("cleanup", lambda: (None, name), cleanup)
        except KeyboardInterrupt as interrupt:
            raise CleanupInterrupted(f"{name} was cut off by an interrupt") from interrupt

    @staticmethod
    def print_cleanup_error(context: Any, cleanup_func: Any, exception: BaseException) -> None:
        """Tell of a cleanup that failed, in behave's words."""
        kind = type(exception).__name__
        print(f"CLEANUP-ERROR in {_name_of(cleanup_func)}: {kind}: {exception}")
        print(without_engine(traceback.format_exc()), end="")


def _name_of(function: Callable[..., object]) -> str:
    return getattr(function, "__name__", None) or repr(function)
