"""The outcomes of features, rules, scenarios and steps, as values that travel between processes.

An exception travels as its type's name, its text and its traceback: classes of step modules cannot be imported.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any

from behave.capture import Captured, CaptureSinkAsCollector, ManyCaptured
from behave.model_type import Status

from maidenhair.engine.execution.tracebacks import sendable
from maidenhair.engine.model import Container, Element, Scenario, Step
from maidenhair.engine.planning.specs import Planned

Event = tuple[Any, ...]
"""An event while a spec ran: "scenario", "step", "match", "result", "embedding", "out" or "err", and details."""


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
    """The state of a feature, rule, scenario or step after it ran."""

    status: str
    hook_failed: bool
    error_message: str | None
    trouble: Trouble | None
    captured: tuple[tuple[Any, ...], ...]
    duration: float = 0.0
    should_skip: bool = False
    skip_reason: str | None = None

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
                (each.name, bool(each.failed), each.stdout, each.stderr, each.log)
                for each in element.captured.captures
            ),
            element.duration if element.type == "step" else 0.0,
            False if element.type == "step" else element.should_skip,
            None if element.type == "step" else element.skip_reason,
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
        element.captured.reset()
        add_captured(element, self.captured)


@dataclass(frozen=True)
class SpecRecord:
    """One attempt of a spec.

    Attributes:
        attempt: its number, from 1.
        events: the events while it ran, in order.
        scenario: the state of the scenario after it.
        steps: the state of each step after it.
        failed: whether the attempt failed.
        seconds: how long it took, hooks and cleanups included.
        final: whether no attempt follows.
        hook_failures: how many hooks failed meanwhile.
        ran: whether it began, which a failed hook of its feature prevents.
    """

    attempt: int
    events: Sequence[Event]
    scenario: ElementState
    steps: Sequence[ElementState]
    failed: bool
    seconds: float
    final: bool = True
    hook_failures: int = 0
    ran: bool = True


@dataclass(frozen=True)
class VisitRecord:
    """How a worker entered or left a feature or rule.

    Attributes:
        events: the output of its hooks.
        state: its state after them.
        hook_failures: how many of them failed.
    """

    events: Sequence[Event]
    state: ElementState
    hook_failures: int = 0


def add_captured(element: Element, captured: Iterable[tuple[Any, ...]]) -> None:
    """Add captured output to an element."""
    for name, failed, out, err, log in captured:
        part = Captured(stdout=out, stderr=err, log=log, name=name, failed=failed)
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


def lost_record(spec: Planned, attempt: int, step: int | None, error: str) -> SpecRecord:
    """Return the record of an attempt that did not end, as far as it is known.

    Args:
        spec: the spec.
        attempt: the number of the attempt.
        step: the number of the step that it was in; None before the first and in hooks.
        error: the text of the error.
    """
    count = len(list(spec.scenario.all_steps))
    broken = ElementState(
        "error", False, error, Trouble("WorkerLost", error, False, True, None), ()
    )
    states = []
    for index in range(count):
        if step is None or index > step:
            states.append(ElementState("skipped", False, None, None, ()))
        else:
            passed = ElementState("passed", False, None, None, ())
            states.append(broken if index == step else passed)
    events: list[Event] = [("scenario",), *(("step", index) for index in range(count))]
    for index in range(count if step is None else step + 1):
        if step is not None:
            events += [("match", index), ("result", index, states[index])]
    if step is None:
        events.append(("out", f"{error}\n"))
    state = broken if step is None else replace(broken, error_message=None, trouble=None)
    return SpecRecord(attempt, events, state, states, True, 0.0)


def skipped_record(spec: Planned, reason: str) -> SpecRecord:
    """Return the record of a spec that is skipped without having been handed out."""
    steps = list(spec.scenario.all_steps)
    skipped = ElementState("skipped", False, None, None, ())
    events: list[Event] = [("scenario",), *(("step", index) for index in range(len(steps)))]
    whole = replace(skipped, should_skip=True, skip_reason=reason)
    return SpecRecord(1, events, whole, [skipped] * len(steps), False, 0.0)


def unsendable_record(record: SpecRecord, error: str) -> SpecRecord:
    """Return the part of a record that can be sent, if the whole cannot, with the error."""
    broken = ElementState("error", False, error, None, ())
    steps = [
        ElementState(each.status, False, None, None, (), each.duration) for each in record.steps
    ]
    events = [event[:2] for event in record.events if event[0] in ("scenario", "step")]
    return SpecRecord(record.attempt, events, broken, steps, True, record.seconds)
