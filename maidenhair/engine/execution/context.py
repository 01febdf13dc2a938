"""behave's context with cleanups that all run."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

from behave.runner import Context

from maidenhair.engine.execution.cleanups import hold_for_ever
from maidenhair.engine.execution.time_limits import CONTEXT, Guard
from maidenhair.engine.execution.tracebacks import without_engine
from maidenhair.errors import CleanupFailed, ConfigurationError


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


class EngineContext(Context):  # type: ignore[misc]
    """The context that steps and hooks get.

    Args:
        runner: behave's runner.
        guard: runs the cleanups.
    """

    def __init__(self, runner: Any, guard: Guard) -> None:
        self._guard = guard
        super().__init__(runner)

    def defer_cleanup(self, function: Callable[..., object], *args: Any, **options: Any) -> None:
        """Have a function called when the current scenario, rule, feature or run ends; see `defer_cleanup`."""
        frame = self._stack[0]

        def cleanup() -> object:
            return function(*args, **options)

        cleanup.__name__ = getattr(function, "__name__", repr(function))
        frame["@cleanups"].append(cleanup)

    def suspend_cleanups(self) -> None:
        """Let no cleanup of the current scenario, rule, feature or run, deferred so far, ever run."""
        frame = self._stack[0]
        suspended, frame["@cleanups"] = frame["@cleanups"], []
        if suspended:
            hold_for_ever(suspended)

    def attach(self, mime_type: str, data: bytes) -> None:
        """Give data, such as a screenshot, to the formatters that take such."""
        for formatter in self._runner.formatters:
            embed(formatter, mime_type, data)

    def _do_cleanups(self) -> None:
        """Run the cleanups of the innermost layer: all of them, in reverse, those included that they add."""
        frame = self._stack[0]
        first: Exception | None = None
        while frame["@cleanups"]:
            self._runner.cleaning()
            ours = [self._guarded(cleanup) for cleanup in frame["@cleanups"]]
            frame["@cleanups"] = [] if self._guard.skipping else ours
            seen = len(ours)
            try:
                super()._do_cleanups()
            except Exception as error:  # behave tells each and raises the first
                first = first or error
            # behave forgets what cleanups add meanwhile; the list itself does not.
            frame["@cleanups"] = ours[seen:]
        if first is not None:
            raise first

    def _guarded(self, cleanup: Callable[[], object]) -> Callable[[], None]:
        name = getattr(cleanup, "__name__", repr(cleanup))

        def guarded() -> None:
            if self._guard.skipping:
                return
            try:
                self._guard.call("cleanup", lambda: (None, f"the cleanup {name}"), cleanup)
            except KeyboardInterrupt as interrupt:
                raise CleanupFailed(
                    f"the cleanup {name} was cut off by an interrupt"
                ) from interrupt

        guarded.__name__ = name
        return guarded

    @staticmethod
    def print_cleanup_error(context: Any, cleanup_func: Any, exception: BaseException) -> None:
        """Tell of a cleanup that failed, in behave's words."""
        name, kind = cleanup_func.__name__, type(exception).__name__
        print(f"CLEANUP-ERROR in {name}: {kind}: {exception}")
        print(without_engine(traceback.format_exc()), end="")
