"""The outcomes of features, rules, scenarios and steps, as values that travel between processes.

An exception travels as its type's name, its text and its traceback: classes of step modules cannot be imported.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, NamedTuple

from behave.capture import Captured, CaptureSinkAsCollector, ManyCaptured
from behave.model_type import Status

from maidenhair.engine.execution.tracebacks import sendable
from maidenhair.engine.model import Container, Element, Scenario, Step


class CapturedOutput(NamedTuple):
    """Output that behave captured, and what it belongs to."""

    name: str
    failed: bool
    out: str = ""
    err: str = ""
    log: str = ""


@dataclass(frozen=True)
class Trouble:
    """An exception as a value: its type's name, its text and its traceback."""

    kind: str
    text: str
    is_assertion: bool
    has_arguments: bool
    traceback: TracebackType | None

    @classmethod
    def of(cls, exception: BaseException | None, traceback: TracebackType | None) -> Trouble | None:
        """Return an exception and its traceback as values."""
        if exception is None:
            return None
        return cls(
            type(exception).__name__,
            str(exception),
            isinstance(exception, AssertionError),
            bool(exception.args),
            sendable(traceback),
        )

    def exception(self) -> Exception:
        """Return an exception with the same name and text; an AssertionError where it was one."""
        base = AssertionError if self.is_assertion else Exception
        copy: Exception = type(self.kind, (base,), {})(*([self.text] * self.has_arguments))
        return copy


@dataclass(frozen=True)
class ElementState:
    """The state of a feature, rule, scenario or step after it ran.

    `artifacts` are the paths that a hook put into the attribute `artifacts` of a scenario.
    """

    status: str
    hook_failed: bool
    error_message: str | None
    trouble: Trouble | None
    captured: tuple[CapturedOutput, ...] = ()
    duration: float = 0.0
    should_skip: bool = False
    skip_reason: str | None = None
    artifacts: tuple[str, ...] = ()

    @classmethod
    def of(cls, element: Container | Scenario | Step) -> ElementState:
        """Return the state of an element."""
        # The status of a feature or rule is made of its scenarios', which ran elsewhere.
        status = (
            element._cached_status
            if element.type == "feature" or element.type == "rule"
            else element.status
        )
        return cls(
            status.name,
            element.hook_failed,
            element.error_message,
            Trouble.of(element.exception, element.exc_traceback),
            tuple(
                CapturedOutput(each.name, bool(each.failed), each.stdout, each.stderr, each.log)
                for each in element.captured.captures
            ),
            element.duration if element.type == "step" else 0.0,
            False if element.type == "step" else element.should_skip,
            None if element.type == "step" else element.skip_reason,
            tuple(map(str, getattr(element, "artifacts", ()))),
        )

    def apply(self, element: Container | Scenario | Step) -> None:
        """Put the state into an element."""
        if element.type == "step":
            element.status, element.duration = Status.from_name(self.status), self.duration
        else:
            element.should_skip, element.skip_reason = self.should_skip, self.skip_reason
            element._cached_status = Status.from_name(self.status)
        element.hook_failed = self.hook_failed
        element.error_message = self.error_message
        if self.trouble is not None:
            element.exception = self.trouble.exception()
            element.exc_traceback = self.trouble.traceback
        if self.artifacts:
            vars(element)["artifacts"] = self.artifacts
        element.captured.reset()
        add_captured(element, self.captured)


def add_captured(element: Element, captured: Iterable[CapturedOutput]) -> None:
    """Add captured output to an element."""
    for each in captured:
        part = Captured(
            stdout=each.out, stderr=each.err, log=each.log, name=each.name, failed=each.failed
        )
        element.captured.add_captured(part, use_merge=False)


def fresh_copy(scenario: Scenario, name: str | None = None) -> Scenario:
    """Return a scenario that has not run, with the steps of another."""
    background_steps, steps = list(scenario.background_steps), list(scenario.steps)
    fresh: Any = _unshared(scenario)
    # A wrapper around the original's `run` would run the original.
    vars(fresh).pop("run", None)
    fresh.steps = [_reset(_unshared(step)) for step in steps]
    fresh._background_steps = [_reset(_unshared(step)) for step in background_steps]
    fresh.hook_failed = False
    fresh.error_message = fresh.exception = fresh.exc_traceback = None
    fresh.clear_status()
    if name is not None:
        fresh.name = name
    copied: Scenario = fresh
    return copied


def _unshared(element: Any) -> Any:
    # behave's elements share what they captured with their shallow copies.
    fresh = copy.copy(element)
    fresh._captured = ManyCaptured()
    fresh._capture_sink = CaptureSinkAsCollector(fresh._captured)
    fresh._capture_sink.store_on_success = element.STORE_CAPTURED_ON_SUCCESS
    return fresh


def _reset(step: Any) -> Any:
    step.reset()
    return step
