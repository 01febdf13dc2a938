"""behave's context, with cleanups that all run."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from traceback import FrameSummary
from types import CodeType
from typing import Any, Protocol

from behave.runner import Context

from maidenhair.engine.capture.tracebacks import without_engine
from maidenhair.engine.execution.cleanups import Cleanups, Undo
from maidenhair.engine.execution.expected_failures import expect_failure
from maidenhair.engine.limits.time_limits import Guard
from maidenhair.engine.model import Runner
from maidenhair.errors import CleanupFailed, CleanupInterrupted

_BEFORE_ALL_FAILED = "HOOK-ERROR in hook=before_all"
"""The reason for which behave aborts after an error in before_all."""


def embed(formatter: Any, mime_type: str, data: bytes | str) -> None:
    """Pass an attachment to a formatter; after the last step, it belongs to that step."""
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


class CleaningRunner(Runner, Protocol):
    """A runner that limits the time of cleanups, and can stop the run."""

    def stop_run(self, reason: str) -> None:
        """Take note that the suite stops the run."""

    def cleaning(self) -> None:
        """Begin the limit of the cleanups, unless it has begun."""

    def attach(self, mime_type: str, data: bytes) -> None:
        """Pass an attachment to the formatters."""

    def hold_result(self, what: str, check: Callable[[], object]) -> None:
        """Take a check on which the result of the running spec depends."""


class _LayerCleanups(Cleanups):
    """The cleanups of one layer of the context, in place of the list of functions that behave has there."""

    def __init__(self, call: Callable[[Undo], object]) -> None:
        super().__init__(call)
        self._functions: list[Undo] = []

    def __contains__(self, function: object) -> bool:
        return function in self._functions

    @property
    def is_empty(self) -> bool:
        """Return whether no call was deferred."""
        return not self._functions

    def append(self, function: Undo) -> None:
        """Defer a call of a function."""
        self._functions.append(function)
        self.add(f"run the cleanup {_name_of(function)}", function)


class _Place:
    """The place where an attribute was set, in place of the `FrameSummary` that behave makes, which takes longer."""

    __slots__ = ("_code", "_line")

    def __init__(self, code: CodeType, line: int) -> None:
        self._code = code
        self._line = line

    def __getitem__(self, index: int) -> Any:
        return self._summary[index]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._summary)

    @property
    def _summary(self) -> FrameSummary:
        code = self._code
        return FrameSummary(code.co_filename, self._line, code.co_name, lookup_line=False)


class EngineContext(Context):  # type: ignore[misc]
    """The context that steps and hooks get.

    Args:
        runner: behave's runner.
        guard: runs the cleanups.
    """

    def __init__(self, runner: CleaningRunner, guard: Guard) -> None:
        self._guard = guard
        self._folders: list[str | None] = []
        super().__init__(runner)
        self._root["@cleanups"] = _LayerCleanups(self._clean_up)

    @property
    def has_cleanups(self) -> bool:
        """Return whether the current scenario, rule, feature or run has deferred cleanups."""
        return not self._cleanups_of_layer().is_empty

    def suspend_cleanups(self) -> None:
        """Drop the cleanups deferred so far by the current scenario, rule, feature or run, so that none runs."""
        self._cleanups_of_layer().suspend()

    def hold_result(self, what: str, check: Callable[[], object]) -> None:
        """Fail the running spec if a check fails that takes time, for example whether its objects are gone.

        A worker runs the check in a thread, runs other specs meanwhile, and reports the spec when the check has ended.
        The check is called at once, and its error is raised, with one job, with `--stop`, and for specs that have
        several attempts or are `@ordered`.

        Args:
            what: names the check in its error, for example "remove the namespace shop".
            check: a function, which must not print or use the context.

        Example:
            >>> def after_scenario(context, scenario):
            ...     context.hold_result("remove the table", table.wait_until_gone)
        """
        self._runner.hold_result(what, check)

    def abort(self, reason: str | None = None) -> None:
        """Stop the run: no spec starts any more. Each spec that did not run is reported with the reason."""
        if not self.aborted:
            super().abort(reason)
            # The run itself reports a before_all that fails, and fails every spec.
            if reason != _BEFORE_ALL_FAILED:
                self._runner.stop_run(reason or "no reason")

    def expect_failure(self, reason: str, strict: bool = False) -> None:
        """Expect the current scenario to fail, because what it tests has a known flaw. Call it in `before_scenario`.

        If an assertion of it fails, the spec is reported as skipped, with the status `xfailed`, and the run does not
        fail. If it passes, it is reported with the status `xpassed`.

        Args:
            reason: the flaw, for reports.
            strict: whether the spec fails if it passes.

        Example:
            >>> def before_scenario(context, scenario):
            ...     if "widgets.flaw.grey" in scenario.effective_tags:
            ...         context.expect_failure("Widgets 1.2 are grey whatever their colour")
        """
        expect_failure(self.scenario, reason, strict)

    def attach(self, mime_type: str, data: bytes) -> None:
        """Pass data, such as a screenshot, to the formatters that take attachments."""
        self._runner.attach(mime_type, data)

    def __setattr__(self, name: str, value: object) -> None:
        """Set an attribute of the innermost layer.

        As behave does, but without reading the caller's line of code, which takes longer than most steps.
        """
        if name[0] == "_":
            self.__dict__[name] = value
            return
        stack, origins = self._stack, self._origin
        for frame in stack[1:]:
            if name in frame and (origins[name] is not self._mode or self._config.verbose):
                filename, line, _, function = self._record[name]
                where = {"filename": filename, "line": line, "function": function}
                self._emit_warning(name, {"attr": name, **where})
        caller = sys._getframe(1)
        self._record[name] = _Place(caller.f_code, caller.f_lineno)
        stack[0][name] = value
        origins.setdefault(name, self._mode)

    def _push(self, layer: str | None = None) -> None:
        self._folders.append(_current_folder())
        super()._push(layer)
        self._stack[0]["@cleanups"] = _LayerCleanups(self._clean_up)

    def _pop(self, capture_sink: object = None) -> None:
        """Clean up a layer, and return to the folder in which it began."""
        try:
            if not self.has_cleanups:
                # To capture the output of no cleanup takes as long as a step.
                self._stack.pop(0)
            else:
                super()._pop(capture_sink=capture_sink)
        finally:
            folder = self._folders.pop()
            if folder is not None and folder != _current_folder():
                # A folder that is gone is no failure of the spec.
                with suppress(OSError):
                    os.chdir(folder)

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
    def print_cleanup_error(context: Context, cleanup_func: Undo, exception: Exception) -> None:
        """Report a cleanup that failed, in behave's format."""
        kind = type(exception).__name__
        print(f"CLEANUP-ERROR in {_name_of(cleanup_func)}: {kind}: {exception}")
        print(without_engine(traceback.format_exc()), end="")


def _current_folder() -> str | None:
    try:
        # Faster than pathlib, for every scenario.
        return os.getcwd()  # noqa: PTH109
    except OSError:
        return None


def _name_of(function: Callable[..., object]) -> str:
    return getattr(function, "__name__", None) or repr(function)
