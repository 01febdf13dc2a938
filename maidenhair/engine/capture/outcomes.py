"""The outcomes of features, rules, scenarios and steps, as values that travel between processes."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from behave.capture import Captured, CaptureSinkAsCollector, ManyCaptured
from behave.model_type import Status

from maidenhair.engine.capture.plain_values import plain_text, plain_text_or_none
from maidenhair.engine.capture.text_filters import TextFilters
from maidenhair.engine.capture.tracebacks import without_engine
from maidenhair.engine.capture.troubles import Trouble
from maidenhair.engine.model import Container, Element, Scenario, Step


class CapturedOutput(NamedTuple):
    """Output that behave captured, and what it belongs to."""

    name: str | None
    failed: bool
    out: str = ""
    err: str = ""
    log: str = ""


class ElementState(NamedTuple):
    """The state of a feature, rule, scenario or step after it ran.

    `artifacts` are the paths that a hook put into the attribute `artifacts` of a scenario.
    """

    status: str
    hook_failed: bool = False
    error_message: str | None = None
    trouble: Trouble | None = None
    captured: tuple[CapturedOutput, ...] = ()
    duration: float = 0.0
    should_skip: bool = False
    skip_reason: str | None = None
    artifacts: tuple[str, ...] = ()

    @classmethod
    def of(cls, element: Container | Scenario | Step) -> ElementState:
        """Return the state of an element."""
        message = plain_text_or_none(element.error_message)
        trouble = Trouble.of(element.exception, element.exc_traceback)
        captured = element.captured.captures
        outputs = tuple(map(_output_of, captured)) if captured else ()
        if element.type == "step":
            duration = float(element.duration)
            text = without_engine(message) if message else message
            return cls(
                _name_of(element.status),
                bool(element.hook_failed),
                text,
                trouble,
                outputs,
                duration,
            )
        # The status of a feature or rule is made of its scenarios', which ran elsewhere.
        status = element.status if element.type == "scenario" else element._cached_status
        return cls(
            _name_of(status),
            bool(element.hook_failed),
            message,
            trouble,
            outputs,
            0.0,
            bool(element.should_skip),
            plain_text_or_none(element.skip_reason),
            tuple(map(plain_text, getattr(element, "artifacts", ()))),
        )

    def filtered(self, filters: TextFilters) -> ElementState:
        """Return it with filtered texts."""
        if not filters:
            return self
        captured = (
            each._replace(
                out=filters.text(each.out), err=filters.text(each.err), log=filters.text(each.log)
            )
            for each in self.captured
        )
        return self._replace(
            error_message=filters.text_or_none(self.error_message),
            trouble=self.trouble.filtered(filters) if self.trouble else None,
            captured=tuple(captured),
            skip_reason=filters.text_or_none(self.skip_reason),
        )

    def apply(self, element: Container | Scenario | Step) -> None:
        """Put the state into an element."""
        if element.type == "step":
            element.status, element.duration = Status[self.status], self.duration
        else:
            element.should_skip, element.skip_reason = self.should_skip, self.skip_reason
            element._cached_status = Status[self.status]
        element.hook_failed = self.hook_failed
        element.error_message = self.error_message
        if self.trouble is not None:
            element.exception = self.trouble.exception()
            element.exc_traceback = self.trouble.traceback()
        elif element.type == "step" or element.type == "scenario":
            element.exception = element.exc_traceback = None
        if self.artifacts:
            vars(element)["artifacts"] = self.artifacts
        if element.captured.captures:
            element.captured.reset()
        add_captured(element, self.captured)


def filter_element(element: Container | Scenario | Step, filters: TextFilters) -> None:
    """Filter the texts of an element that ran, in place."""
    if not filters:
        return
    reason = None if element.type == "step" else element.skip_reason
    says = element.error_message or element.exception or element.captured.captures or reason
    if not says:
        return
    state = ElementState.of(element)
    filtered = state.filtered(filters)
    if filtered != state:
        filtered.apply(element)


def _name_of(status: Status | str) -> str:
    """Return the name of a status; hooks and steps may set a name themselves."""
    return str(Status.from_name(status).name if isinstance(status, str) else status.name)


def _output_of(captured: Any) -> CapturedOutput:
    return CapturedOutput(
        plain_text_or_none(captured.name),
        bool(captured.failed),
        plain_text(captured.stdout),
        plain_text(captured.stderr),
        plain_text(captured.log),
    )


def add_captured(element: Element, captured: Iterable[CapturedOutput]) -> None:
    """Add captured output to an element."""
    for each in captured:
        part = Captured(
            stdout=each.out, stderr=each.err, log=each.log, name=each.name, failed=each.failed
        )
        element.captured.add_captured(part, use_merge=False)


class Labels(NamedTuple):
    """The name and the tags of a scenario before it ran, because hooks may change them."""

    name: str
    tags: Sequence[str]

    @classmethod
    def of(cls, scenario: Scenario) -> Labels:
        """Return the name and the tags of a scenario."""
        return cls(scenario.name, tuple(scenario.tags))


def fresh_copy(scenario: Scenario, labels: Labels) -> Scenario:
    """Return a scenario that has not run, with the steps of another."""
    background_steps, steps = list(scenario.background_steps), list(scenario.steps)
    fresh: Any = _unshared(scenario)
    # A wrapper around the original's `run` would run the original.
    vars(fresh).pop("run", None)
    fresh.steps = [_reset(_unshared(step)) for step in steps]
    fresh._background_steps = [_reset(_unshared(step)) for step in background_steps]
    fresh.hook_failed = False
    fresh.error_message = fresh.exception = fresh.exc_traceback = None
    fresh.name, fresh.tags = labels.name, list(labels.tags)
    fresh.clear_status()
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
