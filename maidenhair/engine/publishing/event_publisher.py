"""Publishes what happens in a run as run events."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import behave
from behave.model_type import Status

import maidenhair
from maidenhair import events
from maidenhair.config.engine import ENGINE, EngineSettings
from maidenhair.engine.model import Config, Feature, Scenario
from maidenhair.engine.output.summary_reporter import ClosingLine, outcome_of
from maidenhair.engine.planning.places import containers_of
from maidenhair.engine.publishing.captured_output import State, outputs_of
from maidenhair.engine.publishing.published_plan import PublishedPlan
from maidenhair.events import Discard, EventLog, EventSink, RunEvent


@dataclass
class _Attempts:
    count: int = 0
    failures: int = 0
    seconds: float = 0.0


class EventPublisher:
    """Publishes the events of a run, and sees to it that each planned spec gets exactly one result.

    Args:
        sink: takes the events.
        config: behave's configuration.
        folder: the run's folder.
    """

    def __init__(self, sink: EventSink, config: Config, folder: Path) -> None:
        self._sink = sink
        self._config = config
        self._folder = folder
        self._ids: Mapping[int, str] = {}
        self._began = time.monotonic()
        self._problems: list[str] = []
        self._open: set[str] = set()
        self._attempts: dict[str, _Attempts] = defaultdict(_Attempts)

    def start(self, run: str, plan: PublishedPlan, settings: EngineSettings) -> None:
        """Publish the start of the run, and its plan."""
        versions = {
            "maidenhair": maidenhair.__version__,
            "behave": behave.__version__,
            "python": platform.python_version(),
        }
        folder, argv = str(Path.cwd()), tuple(sys.argv)
        started = events.RunStarted(run, folder, argv, versions, _changed(settings), plan.division)
        self._publish_plan(started, plan)

    def resume(self, plan: PublishedPlan, ended: Collection[str]) -> None:
        """Go on with a run whose plan is published.

        Args:
            plan: the plan.
            ended: the ids of the specs that have a result.
        """
        self._ids = plan.ids
        self._open = set(plan.ids.values()) - set(ended)

    def start_round(self, number: int, plan: PublishedPlan) -> None:
        """Publish the start of another round of all specs, and its plan."""
        self._publish_plan(events.RoundStarted(number), plan)

    def start_attempt(self, scenario: Scenario, attempt: int, worker: str = "") -> None:
        """Publish that an attempt of a planned spec starts."""
        self._sink.publish(events.SpecStarted(self._id(scenario), attempt, worker))

    def end_step(self, scenario: Scenario, attempt: int, step: int, state: State) -> None:
        """Publish the result and the output of a step."""
        self._sink.publish(*self.step_events(scenario, attempt, step, state))

    def step_events(
        self, scenario: Scenario, attempt: int, step: int, state: State
    ) -> Iterator[RunEvent]:
        """Yield the result and the output of a step."""
        spec, error = self._id(scenario), state.error_message
        yield events.StepEnded(spec, step, state.status, round(state.duration, 6), error, attempt)
        yield from outputs_of(spec, attempt, state.captured)

    def publish(self, published: Iterable[RunEvent]) -> None:
        """Publish events."""
        self._sink.publish(*published)

    def passed_step(self, scenario: Scenario, attempt: int, step: int, seconds: float) -> RunEvent:
        """Return the result of a step that passed without output."""
        seconds = round(seconds, 6)
        return events.StepEnded(self._id(scenario), step, "passed", seconds, None, attempt)

    def together(self) -> AbstractContextManager[None]:
        """Return a context: the events of it are written with one write, at its end."""
        return self._sink.together()

    def attach(self, scenario: Scenario, attempt: int, mime_type: str, data: object) -> None:
        """Publish an attachment. Data that is neither text nor bytes is left out, as formatters refuse it."""
        if isinstance(data, str):
            data = data.encode(errors="backslashreplace")
        if isinstance(data, bytes | bytearray | memoryview):
            self._sink.attach(self._id(scenario), attempt, mime_type, bytes(data))

    def end_attempt(
        self,
        scenario: Scenario,
        attempt: int,
        state: State,
        failed: bool,
        seconds: float,
        before: Iterable[RunEvent] = (),
    ) -> None:
        """Publish the end of an attempt.

        Args:
            scenario: the scenario of the planned spec.
            attempt: the number of the attempt.
            state: the state of the scenario after the attempt.
            failed: whether the attempt failed.
            seconds: how long it took.
            before: events of the attempt that are not published yet.
        """
        spec, error = self._id(scenario), state.error_message
        attempts = self._attempts[spec]
        attempts.count, attempts.seconds = attempt, round(seconds, 6)
        attempts.failures += failed
        self._sink.publish(
            *before,
            *outputs_of(spec, attempt, state.captured),
            events.AttemptEnded(spec, state.status, failed, attempts.seconds, error, attempt),
        )

    def end_spec(self, scenario: Scenario, state: State) -> None:
        """Publish the result of a planned spec after its last attempt, unless it has one.

        The result of an untested spec is published with its feature, when the reason is known.
        """
        status = Status.from_name(state.status)
        if status == Status.untested:
            return
        skipped = status in (Status.skipped, Status.xfailed)
        passed = status.is_passed()
        outcome: events.Outcome = "skipped" if skipped else "passed" if passed else "failed"
        # A hook may name several, but an event has one folder.
        artifacts = next(iter(state.artifacts), None)
        self._end(self._id(scenario), outcome, state.status, state.skip_reason, artifacts)

    def end_feature(self, feature: Feature) -> None:
        """Publish failed hooks of a feature and its rules, and results for its planned specs that have none."""
        file = Path(os.path.relpath(feature.filename)).as_posix()
        self._sink.publish(
            *(
                events.HookFailed(file, each.line, each.name, each.error_message or "")
                for each in containers_of(feature)
                if each.hook_failed
            )
        )
        for scenario in feature.walk_scenarios():
            spec, outcome = self._id(scenario), outcome_of(scenario, self._config)
            if spec:
                self._end(spec, outcome, scenario.status.name, scenario.skip_reason)
            elif outcome == "failed":
                # A file that cannot be parsed is reported as a feature that is in no plan.
                errors = (each.error_message for each in scenario.all_steps)
                error = "\n".join(filter(None, [scenario.error_message, *errors]))
                self._sink.publish(events.FileBroken(file, feature.line, error))

    def lose_worker(self, scenario: Scenario, worker: str, reason: str) -> None:
        """Publish that a worker was lost with a planned spec."""
        self._sink.publish(events.WorkerLost(worker, reason, self._id(scenario)))

    def warn(self, message: str, file: str = "", line: int = 0) -> None:
        """Publish a warning, and the place that it is about."""
        self._sink.publish(events.Warned(message, file, line))

    def problem(self, message: str) -> None:
        """Publish an error outside any spec."""
        self._problems.append(message)
        self._sink.publish(events.ProblemFound(message))

    def end(self, exit_code: int, summary: ClosingLine) -> None:
        """Publish the end of the run."""
        counts, seconds = summary.counts, round(time.monotonic() - self._began, 6)
        ended = events.RunEnded(
            exit_code,
            seconds,
            passed=counts["passed"],
            failed=counts["failed"],
            skipped=counts["skipped"],
            untested=counts["untested"],
            problems=tuple(self._problems),
        )
        self._sink.publish(ended)

    def _id(self, scenario: Scenario) -> str:
        return self._ids.get(id(scenario), "")

    def _publish_plan(self, first: RunEvent, plan: PublishedPlan) -> None:
        # The plan itself is not needed any more, and can be large.
        self._ids = plan.ids
        self._open = set(plan.ids.values())
        self._attempts.clear()
        self._sink.publish(first, *plan.planned, *plan.left_out)

    def _end(
        self,
        spec: str,
        outcome: events.Outcome,
        status: str,
        reason: str | None,
        artifacts: str | None = None,
    ) -> None:
        if spec not in self._open:
            return
        self._open.discard(spec)
        attempts = self._attempts.pop(spec, _Attempts())
        flaky = outcome == "passed" and attempts.failures > 0
        seconds, count = attempts.seconds, attempts.count
        if artifacts is not None:
            artifacts = Path(os.path.relpath(artifacts, self._folder)).as_posix()
        self._sink.publish(
            events.SpecEnded(
                spec, outcome, status, seconds, count, flaky, reason or None, artifacts
            )
        )


def event_sink(folder: Path, dry_run: bool, on_loss: Callable[[str], object]) -> EventSink:
    """Return the file of a run's events. A dry run has none.

    Args:
        folder: the run's folder.
        dry_run: whether no spec runs.
        on_loss: takes a message if the file cannot be written.
    """
    if dry_run:
        return Discard()

    def lose(error: OSError) -> None:
        on_loss(
            f"the run events are incomplete: {error.strerror or error}: {error.filename or folder}; choose another "
            "folder with the setting artifacts"
        )

    return EventLog(folder, lose)


def _changed(settings: EngineSettings) -> dict[str, str]:
    """Return the settings that are not at their defaults, and the seed, which is different in each run."""
    values = {name: getattr(settings, name) for name in ENGINE.settings}
    return {
        name: str(value) for name, value in values.items() if value != ENGINE.settings[name].default
    }
