"""Shows the results of workers in the order of the features, as if the specs had run one after another."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from behave.model_type import Status

from maidenhair.engine.execution.feature_walk import (
    FeatureRunner,
    enter,
    finish,
    leave,
    skip_unnamed,
)
from maidenhair.engine.execution.retries import Attempt, attempt_of, conclude
from maidenhair.engine.model import Container, Feature, Item, Scenario, Step
from maidenhair.engine.planning.places import SpecId
from maidenhair.engine.planning.specs import Planned
from maidenhair.engine.replay.results import Results
from maidenhair.engine.replay.show import Show, ShowingRunner, change
from maidenhair.engine.run_state import RunState
from maidenhair.engine.wire.records import Event, SpecRecord, StepEnded

Waiting = Generator[None, None, None]
"""Yields where it cannot go on before more results are there."""


class ReplayRunner(FeatureRunner, ShowingRunner, Protocol):
    """A runner whose formatters and reporters show results."""

    features: list[Feature]
    undefined_steps: list[Step]


class Replay:
    """Shows the run's features to formatters and reporters, as far as there are results.

    Args:
        runner: has the features, the formatters and the reporters.
        state: takes whether a spec failed.
        planned: the specs that run.
        results: the results so far.
    """

    def __init__(
        self,
        runner: ReplayRunner,
        state: RunState,
        planned: Sequence[Planned],
        results: Results,
    ) -> None:
        self._runner = runner
        self._state = state
        self._results = results
        self._planned = {id(spec.scenario): spec for spec in planned}
        self._of_feature: dict[int, list[SpecId]] = {}
        for spec in planned:
            self._of_feature.setdefault(spec.id.feature, []).append(spec.id)
        self._show = Show(runner)
        self._stopped = False
        self._walk: Waiting | None = self._features()

    def advance(self) -> bool:
        """Show what can be shown now; return whether all was."""
        if self._walk is not None:
            try:
                next(self._walk)
            except StopIteration:
                self._walk = None
        return self._walk is None

    def stop(self) -> None:
        """Begin no feature any more of which nothing ran."""
        self._stopped = True

    def play(self, events: Iterable[Event]) -> None:
        """Show the events of a hook outside of features."""
        self._show.play_for_run(events)

    def _features(self) -> Waiting:
        runner = self._runner
        for number, feature in enumerate(runner.features):
            while not self._is_decided(number):
                yield
            if self._is_shown(number):
                runner.feature = feature
                self._take_over(feature)
                for formatter in runner.formatters:
                    formatter.uri(feature.filename)
                yield from self._container(feature, SpecId(number, ()))
            runner.report(feature)
            _forget(feature)
            for spec in self._of_feature.pop(number, ()):
                self._results.forget(spec)

    def _is_decided(self, number: int) -> bool:
        specs = self._of_feature.get(number, [])
        return (
            not specs
            or any(map(self._results.has_run, specs))
            or all(map(self._results.is_done, specs))
        )

    def _is_shown(self, number: int) -> bool:
        specs = self._of_feature.get(number, [])
        return any(map(self._results.has_run, specs)) or not (specs or self._stopped)

    def _container(self, container: Container, place: SpecId) -> Waiting:
        runner = self._runner
        entered = enter(runner, container)
        shown_once: set[str] = set()
        self._play_visits(place, True, shown_once)
        for index, item in enumerate(container.run_items):
            if self._is_closed(place):
                yield from self._hidden(item, place)
                continue
            if skip_unnamed(runner.config, item):
                continue
            inner = SpecId(place.feature, (*place.path, index))
            if item.type == "rule":
                yield from self._container(item, inner)
            elif item.type == "scenario_outline":
                item.clear_status()
                for scenario in item.scenarios:
                    yield from self._scenario(scenario, place)
            else:
                yield from self._scenario(item, place)
        while self._results.is_open(place):
            yield
        self._play_visits(place, True, shown_once)
        leave(runner, container, entered)
        self._merge(container, place)
        self._play_visits(place, False, shown_once)
        shown = bool(container.should_run() or runner.config.show_skipped)
        finish(runner, container, replace(entered, shown=entered.shown and shown))

    def _play_visits(self, place: SpecId, entered: bool, shown_once: set[str]) -> None:
        """Show the output of hooks, but once if several workers wrote the same."""
        for visit in self._results.visits(place):
            text = repr((entered, visit.record.events))
            if visit.entered == entered and text not in shown_once:
                shown_once.add(text)
                self._show.play(visit.record.events)

    def _merge(self, container: Container, place: SpecId) -> None:
        """Merge the states that hooks left in a feature or rule, in any worker."""
        seen: set[str] = set()
        for visit in self._results.visits(place):
            state, changed = visit.record.state, visit.record.changed
            if changed is not None:
                change(container, changed)
            self._runner.hook_failures += visit.record.hook_failures
            if visit.entered or repr(state.captured) in seen:
                continue
            seen.add(repr(state.captured))
            hook_failed = container.hook_failed or state.hook_failed
            status = container._cached_status
            skipped = container.should_skip or state.should_skip
            reason = container.skip_reason or state.skip_reason
            state._replace(should_skip=skipped, skip_reason=reason).apply(container)
            container.hook_failed = hook_failed
            if not Status.from_name(state.status).is_hook_error():
                container._cached_status = status

    def _take_over(self, feature: Feature) -> None:
        """Have `run` of the specs of a feature show their results, because formatters may wrap it."""
        for scenario in feature.walk_scenarios():
            spec = self._planned.get(id(scenario))
            if spec is not None:
                vars(scenario)["run"] = self._runs(spec)

    def _runs(self, spec: Planned) -> Callable[[object], bool]:
        def run(_: object) -> bool:
            return self._spec(spec)

        return run

    def _is_closed(self, place: SpecId) -> bool:
        """Return whether the hooks before a feature or rule failed in every worker that entered it."""
        entered = [visit for visit in self._results.visits(place) if visit.entered]
        return bool(entered) and all(visit.record.state.hook_failed for visit in entered)

    def _hidden(self, item: Item, place: SpecId) -> Waiting:
        """Take the results of specs in a feature or rule that is closed; behave announces nothing in it."""
        if item.type == "rule":
            for inner in item.run_items:
                yield from self._hidden(inner, place)
            return
        for scenario in item.scenarios if item.type == "scenario_outline" else (item,):
            yield from self._scenario(scenario, place)

    def _scenario(self, scenario: Scenario, place: SpecId) -> Waiting:
        spec = self._planned.get(id(scenario))
        if spec is not None:
            while not self._results.is_done(spec.id):
                yield
        if self._is_closed(place):
            # behave announces nothing in it, and formatters may have wrapped the scenario's `run`.
            if spec is not None and self._results.has_run(spec.id):
                self._spec(spec)
        elif spec is None or self._results.has_run(spec.id):
            scenario.run(self._runner)
        vars(scenario).pop("run", None)

    def _spec(self, spec: Planned) -> bool:
        """Show the attempts of a spec. Return whether the last one failed."""
        scenario, runner = spec.scenario, self._runner
        records = self._results.records(spec.id)
        attempts: list[Attempt] = []
        for record in records:
            runner.hook_failures += record.hook_failures
            # Formatters show the last attempt alone, because the scenario is one.
            if record is records[-1]:
                self._show.spec(scenario, record, attempts)
            else:
                self._show.output(record.events)
                _apply_events(scenario, record)
            self._apply(scenario, record)
            attempts.append(attempt_of(record.attempt, record.seconds, record.failed, scenario))
        conclude(scenario, attempts)
        self._state.failed = self._state.failed or record.failed
        undefined = [step for step in scenario.all_steps if step.status is Status.undefined]
        runner.undefined_steps.extend(undefined)
        return record.failed

    @staticmethod
    def _apply(scenario: Scenario, record: SpecRecord) -> None:
        for step, state in zip(scenario.all_steps, record.steps, strict=False):
            if state is not None:
                state.apply(step)
        record.scenario.apply(scenario)


def _apply_events(scenario: Scenario, record: SpecRecord) -> None:
    """Put the states into the steps of an attempt that formatters do not show."""
    steps = list(scenario.all_steps)
    for event in record.events:
        if isinstance(event, StepEnded):
            event.state.apply(steps[event.number])


def _forget(feature: Feature) -> None:
    """Drop the output of specs that passed, once it is reported."""
    for scenario in feature.walk_scenarios():
        if scenario.status.is_passed():
            scenario.captured.reset()
            for step in scenario.all_steps:
                step.captured.reset()
