"""Shows the events of specs and hooks to the formatters of the run."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from behave.matchers import Match, NoMatch
from behave.model import Tag
from behave.model_type import Argument, FileLocation, Status

from maidenhair.engine.execution.context import embed
from maidenhair.engine.execution.retries import ATTEMPTS_TYPE, Attempt, summary_of
from maidenhair.engine.model import Container, Runner, Scenario, Step
from maidenhair.engine.replay.allure_calls import call_allure
from maidenhair.engine.step_functions import StepRegistry
from maidenhair.engine.wire.records import (
    AllureCalled,
    Changed,
    Embedded,
    Event,
    FormatterUsed,
    Matched,
    MatchFound,
    Reference,
    ScenarioBegun,
    SpecRecord,
    StepEnded,
    StepMatched,
    StepPassed,
    StepRenamed,
    StepsAnnounced,
    Written,
)


class ShowingRunner(Runner, Protocol):
    """A runner with formatters."""

    step_registry: StepRegistry

    def report_formatter_error(self, formatter: object, error: Exception) -> None:
        """Note an error of a formatter."""


class Show:
    """Calls formatters as behave does while specs run.

    Args:
        runner: has the formatters.
    """

    def __init__(self, runner: ShowingRunner) -> None:
        self._runner = runner
        self._matches: dict[tuple[str, int], Match] | None = None
        self._values: dict[int, Any] = {}
        self._values_of_run: dict[int, Any] = {}
        self._owners: dict[int, object] = {}
        self._owners_of_run: dict[int, object] = {}

    def play_for_run(self, events: Iterable[Event]) -> None:
        """Show the events of a hook around all specs; other hooks and steps may use the results of its calls."""
        self._values, self._owners = {}, {}
        self._play(events)
        self._values_of_run |= self._values
        self._owners_of_run |= self._owners

    def play(self, events: Iterable[Event]) -> None:
        """Show the events of a hook."""
        self._begin()
        self._play(events)

    def output(self, events: Iterable[Event]) -> None:
        """Show the output among events."""
        for event in events:
            if isinstance(event, Written):
                _write(event)

    def spec(self, scenario: Scenario, record: SpecRecord, attempts: Sequence[Attempt]) -> None:
        """Show an attempt of a spec; formatters that take attachments get the earlier attempts as text."""
        self._begin()
        steps = list(scenario.all_steps)
        events = list(record.events)
        if attempts:
            _reset(scenario, steps)
            # The attachment belongs to the step that ends next.
            last = max(
                (i for i, event in enumerate(events) if isinstance(event, StepEnded | StepPassed)),
                default=0,
            )
            data = summary_of(attempts).encode("utf-8", "backslashreplace")
            events.insert(last, Embedded(ATTEMPTS_TYPE, data))
        for event in events:
            self._show(event, scenario, steps)

    def _begin(self) -> None:
        """Forget the results of calls, except those of the hooks around all specs."""
        if self._values:
            self._values = dict(self._values_of_run)
            self._owners = dict(self._owners_of_run)

    def _play(self, events: Iterable[Event]) -> None:
        for event in events:
            match event:
                case Written():
                    _write(event)
                case FormatterUsed():
                    self._use(event)
                case Embedded(mime_type, data):
                    self._embed(mime_type, data)
                case AllureCalled():
                    self._call_allure(event)

    def _show(self, event: Event, scenario: Scenario, steps: Sequence[Step]) -> None:
        formatters = self._runner.formatters
        match event:
            case StepPassed(index, matched, seconds):
                step, match = steps[index], self._match(steps[index], matched)
                for formatter in formatters:
                    formatter.match(match)
                step.status, step.duration = Status.passed, seconds
                if step.captured.captures:
                    # The steps of a background share it with those of the spec before.
                    step.captured.reset()
                for formatter in formatters:
                    formatter.result(step)
            case StepEnded(index, state):
                state.apply(steps[index])
                for formatter in formatters:
                    formatter.result(steps[index])
            case StepMatched(index, matched):
                match = self._match(steps[index], matched)
                for formatter in formatters:
                    formatter.match(match)
            case StepsAnnounced(total):
                for step in steps[:total]:
                    for formatter in formatters:
                        formatter.step(step)
            case ScenarioBegun():
                for formatter in formatters:
                    formatter.scenario(scenario)
            case StepRenamed(index, name):
                steps[index].name = name
            case Changed():
                change(scenario, event)
            case _:
                self._play([event])

    def _match(self, step: Step, matched: Matched) -> Match:
        if isinstance(matched, MatchFound):
            return self._found(matched)
        found = None
        if matched == "not plain":
            found = self._runner.step_registry.find_match(step)
        return found or NoMatch()

    def _found(self, found: MatchFound) -> Match:
        if self._matches is None:
            self._matches = _matches_of(self._runner.step_registry)
        place = (found.filename, found.line)
        match = self._matches.get(place)
        if match is None:
            # The steps of the worker are others, for example because they depend on the environment.
            match = self._matches[place] = Match(None, [])
            match.location = FileLocation(*place)
        if found.arguments == ():
            return match
        made = None
        if found.arguments is not None:
            made = [
                Argument(start, end, original, value, name)
                for original, value, name, start, end in found.arguments
            ]
        return match.with_arguments(made)

    def _embed(self, mime_type: str, data: bytes | str) -> None:
        for formatter in self._runner.formatters:
            try:
                embed(formatter, mime_type, data)
            except Exception as error:  # the formatters are not ours
                self._runner.report_formatter_error(formatter, error)

    def _call_allure(self, event: AllureCalled) -> None:
        try:
            call_allure(event)
        except Exception as error:  # the formatters are not ours
            self._runner.report_formatter_error(f"allure ({event.hook})", error)

    def _use(self, event: FormatterUsed) -> None:
        target = event.used.target
        formatter = self._runner.formatters[target] if target >= 0 else self._owners.get(target)
        self._owners[event.result] = formatter
        try:
            self._values[event.result] = self._used(event)
        except Exception as error:  # the formatters are not ours
            self._runner.report_formatter_error(formatter, error)

    def _used(self, event: FormatterUsed) -> Any:
        *path, name = event.used.path or ("__call__",)
        target = self._value(Reference(event.used.target, tuple(path)))
        arguments = [self._value(each) for each in event.arguments]
        if event.options is None:
            setattr(target, name, arguments[0])
            return None
        options = {option: self._value(each) for option, each in event.options.items()}
        return getattr(target, name)(*arguments, **options)

    def _value(self, value: Any) -> Any:
        if not isinstance(value, Reference):
            return value
        target = value.target
        found = self._runner.formatters[target] if target >= 0 else self._values[target]
        for name in value.path:
            found = getattr(found, name)
        return found


def change(element: Scenario | Container, changed: Changed) -> None:
    """Change the name, the description and the tags of an element as a hook did."""
    tags = [Tag(name, line) for name, line in changed.tags]
    element.name = changed.name
    # Formatters may refer to the lists.
    if changed.described_in_place and isinstance(element.description, list):
        element.description[:] = changed.description
    else:
        element.description = list(changed.description)
    if changed.in_place and isinstance(element.tags, list):
        element.tags[:] = tags
    else:
        element.tags = tags


def _reset(scenario: Scenario, steps: Sequence[Step]) -> None:
    """Forget an earlier attempt."""
    scenario.clear_status()
    scenario.captured.reset()
    for step in steps:
        step.reset()


def _matches_of(registry: StepRegistry) -> dict[tuple[str, int], Match]:
    matches = {}
    for definitions in registry.steps.values():
        for definition in definitions:
            match = Match(definition.func, [])
            matches[match.location.filename, match.location.line] = match
    return matches


def _write(event: Written) -> None:
    stream = sys.stdout if event.stream == "out" else sys.stderr
    stream.write(event.text)
    stream.flush()
