"""The records that workers send: what happened while a spec ran, and how it ended.

They contain plain values alone, so that every record can be sent and read, whatever the suite's own types do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from maidenhair.engine.capture.outcomes import CapturedOutput, ElementState
from maidenhair.engine.capture.troubles import Trouble

if TYPE_CHECKING:
    from maidenhair.engine.planning.specs import Planned

Stream = Literal["out", "err"]


class ScenarioBegun(NamedTuple):
    """The scenario begins."""


class StepsAnnounced(NamedTuple):
    """The first `total` steps are announced, before any of them runs."""

    total: int


class MatchFound(NamedTuple):
    """The function of a step.

    Attributes:
        filename: the file of the function.
        line: the line of the function.
        arguments: the original text, value, name, begin and end of each argument; None if their conversion failed.
    """

    filename: str
    line: int
    arguments: tuple[tuple[Any, ...], ...] | None


Matched = MatchFound | Literal["undefined", "not plain"]


class StepMatched(NamedTuple):
    """The function of a step was looked up; steps are counted from 0.

    Attributes:
        number: the number of the step.
        match: its function; "not plain" if it has an argument that cannot be sent.
    """

    number: int
    match: Matched


class StepPassed(NamedTuple):
    """A step was looked up and passed, without output.

    Attributes:
        number: the number of the step.
        match: its function.
        seconds: how long it took.
    """

    number: int
    match: Matched
    seconds: float


class StepEnded(NamedTuple):
    """A step ended."""

    number: int
    state: ElementState


class StepRenamed(NamedTuple):
    """A hook or step changed the name of a step."""

    number: int
    name: str


class Embedded(NamedTuple):
    """An attachment."""

    mime_type: str
    data: bytes | str


class Changed(NamedTuple):
    """A hook or step changed the name, the description or the tags of a scenario, feature or rule.

    Attributes:
        name: the name.
        description: the lines of the description.
        tags: the tags, each with its line.
        in_place: whether the list of tags is still the same object.
        described_in_place: whether the list of the description is still the same object.
    """

    name: str
    description: tuple[str, ...]
    tags: tuple[tuple[str, int], ...]
    in_place: bool = True
    described_in_place: bool = True


class Reference(NamedTuple):
    """A value of a formatter in the run's process.

    Attributes:
        target: the number of the formatter, or of the result of an earlier call, which is negative.
        path: the names of the attributes that lead from there to the value.
    """

    target: int
    path: tuple[str, ...] = ()


class FormatterUsed(NamedTuple):
    """A hook or step called a method of a formatter, or set an attribute of it.

    Attributes:
        used: the method or attribute.
        arguments: the positional arguments, or the value of the attribute; a Reference stands for a formatter's value.
        options: the keyword arguments; None where an attribute was set.
        result: the number of the result, which is negative.
    """

    used: Reference
    arguments: tuple[Any, ...]
    options: dict[str, Any] | None
    result: int


class AllureCalled(NamedTuple):
    """A hook or step called a function of the module allure, such as `allure.attach`.

    Attributes:
        hook: the name of the hook of allure's plug-ins.
        arguments: its arguments, without the error.
        has_error: whether the hook has arguments for an error.
        trouble: the error, if there is one.
    """

    hook: str
    arguments: dict[str, Any]
    has_error: bool
    trouble: Trouble | None


class Written(NamedTuple):
    """Output that behave did not capture."""

    stream: Stream
    text: str


Event = (
    ScenarioBegun
    | StepsAnnounced
    | StepMatched
    | StepPassed
    | StepEnded
    | StepRenamed
    | Embedded
    | Changed
    | FormatterUsed
    | AllureCalled
    | Written
)


class SpecRecord(NamedTuple):
    """One attempt of a spec.

    Attributes:
        attempt: its number, from 1.
        events: the events while it ran, in order.
        scenario: the state of the scenario after it.
        steps: the state of each step after it, or None for one whose state is that of its event or did not change.
        failed: whether the attempt failed.
        seconds: how long it took, hooks and cleanups included.
        hook_failures: how many hooks failed meanwhile.
    """

    attempt: int
    events: Sequence[Event]
    scenario: ElementState
    steps: Sequence[ElementState | None]
    failed: bool
    seconds: float
    hook_failures: int = 0


class VisitRecord(NamedTuple):
    """How a worker entered or left a feature or rule.

    Attributes:
        events: the output of its hooks.
        state: its state after them.
        changed: its name and tags, if its hooks changed them.
        hook_failures: how many of them failed.
    """

    events: Sequence[Event]
    state: ElementState
    changed: Changed | None = None
    hook_failures: int = 0


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
        "error", error_message=error, trouble=Trouble("WorkerLost", error, arguments=(error,))
    )
    events: list[Event] = [ScenarioBegun(), StepsAnnounced(count)]
    states = [ElementState("skipped")] * count
    if step is None or step >= count:
        events.append(Written("out", f"{error}\n"))
        return SpecRecord(attempt, events, broken, states, True, 0.0)
    states[:step] = [ElementState("passed")] * step
    states[step] = broken
    for index in range(step + 1):
        events += [StepMatched(index, "not plain"), StepEnded(index, states[index])]
    return SpecRecord(attempt, events, ElementState("error"), states, True, 0.0)


def failed_late(record: SpecRecord, error: str) -> SpecRecord:
    """Return the record of an attempt that ended, but failed by a check that ended later.

    It resembles that of an attempt whose hook after_scenario failed.

    Args:
        record: the attempt as it ended.
        error: the text of the error.
    """
    text = f"HOOK-ERROR in after_scenario: CleanupFailed: {error}"
    state = record.scenario
    before = state.error_message
    failed = state._replace(
        status="hook_error",
        hook_failed=True,
        error_message=f"{before}\n{text}" if before else text,
        trouble=state.trouble or Trouble("CleanupFailed", error, arguments=(error,)),
        captured=(*state.captured, CapturedOutput("after_scenario", True, f"{text}\n")),
    )
    failures = record.hook_failures + (not state.hook_failed)
    return record._replace(scenario=failed, failed=True, hook_failures=failures)


def skipped_record(spec: Planned, reason: str) -> SpecRecord:
    """Return the record of a spec that is skipped without having been handed out."""
    count = len(list(spec.scenario.all_steps))
    events: list[Event] = [ScenarioBegun(), StepsAnnounced(count)]
    skipped = ElementState("skipped", should_skip=True, skip_reason=reason)
    return SpecRecord(1, events, skipped, [ElementState("skipped")] * count, False, 0.0)


def broken_record(attempt: int, steps: int, error: str, failed: bool = True) -> SpecRecord:
    """Return the record of an attempt that could not run, or whose result cannot be sent.

    Args:
        attempt: the number of the attempt.
        steps: the number of steps.
        error: the text of the error.
        failed: whether the attempt failed.
    """
    events: list[Event] = [ScenarioBegun(), StepsAnnounced(steps), Written("out", f"{error}\n")]
    state = ElementState("error", error_message=error)
    return SpecRecord(attempt, events, state, [ElementState("skipped")] * steps, failed, 0.0)
