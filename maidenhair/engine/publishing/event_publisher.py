"""Publishes what happens in a run as run events."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import behave
from behave.model_type import Status

import maidenhair
from maidenhair import events
from maidenhair.config.engine import ENGINE, EngineSettings
from maidenhair.engine.model import Config, Feature, Scenario
from maidenhair.engine.output.summary_reporter import ClosingLine, outcome_of
from maidenhair.engine.planning.places import containers_of
from maidenhair.engine.publishing.published_plan import PublishedPlan
from maidenhair.events import Discard, EventLog, EventSink, RunEvent

LONGEST_OUTPUT = 64 * 1024
"""The number of characters of output in one event. Of longer output, it has the head and the tail."""


class Output(Protocol):
    """Output that behave captured."""

    @property
    def name(self) -> str | None:
        """The step or hook that wrote it."""

    @property
    def out(self) -> str:
        """The part on standard output."""

    @property
    def err(self) -> str:
        """The part on standard error."""

    @property
    def log(self) -> str:
        """The part from Python's logging."""


class State(Protocol):
    """The state of a scenario or step after it ran."""

    @property
    def status(self) -> str:
        """The name of behave's status."""

    @property
    def error_message(self) -> str | None:
        """The error."""

    @property
    def captured(self) -> Iterable[Output]:
        """Its output."""

    @property
    def duration(self) -> float:
        """The seconds that a step took."""

    @property
    def skip_reason(self) -> str | None:
        """The reason of a skipped scenario."""

    @property
    def artifacts(self) -> Sequence[str]:
        """The paths of the artifacts of a scenario."""


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

    def start_round(self, number: int, plan: PublishedPlan) -> None:
        """Publish the start of another round of all specs, and its plan."""
        self._publish_plan(events.RoundStarted(number), plan)

    def start_attempt(self, scenario: Scenario, attempt: int, worker: str = "") -> None:
        """Publish that an attempt of a planned spec starts."""
        self._sink.publish(events.SpecStarted(self._id(scenario), attempt, worker))

    def end_step(self, scenario: Scenario, attempt: int, step: int, state: State) -> None:
        """Publish the result and the output of a step."""
        spec, error = self._id(scenario), state.error_message
        self._sink.publish(
            events.StepEnded(spec, step, state.status, round(state.duration, 6), error, attempt),
            *_outputs(spec, attempt, state.captured),
        )

    def attach(self, scenario: Scenario, attempt: int, mime_type: str, data: object) -> None:
        """Publish an attachment. Data that is neither text nor bytes is left out, as formatters refuse it."""
        if isinstance(data, str):
            data = data.encode(errors="backslashreplace")
        if isinstance(data, bytes | bytearray | memoryview):
            self._sink.attach(self._id(scenario), attempt, mime_type, bytes(data))

    def end_attempt(
        self, scenario: Scenario, attempt: int, state: State, failed: bool, seconds: float
    ) -> None:
        """Publish the end of an attempt.

        Args:
            scenario: the scenario of the planned spec.
            attempt: the number of the attempt.
            state: the state of the scenario after the attempt.
            failed: whether the attempt failed.
            seconds: how long it took.
        """
        spec, error = self._id(scenario), state.error_message
        attempts = self._attempts[spec]
        attempts.count, attempts.seconds = attempt, round(seconds, 6)
        attempts.failures += failed
        self._sink.publish(
            *_outputs(spec, attempt, state.captured),
            events.AttemptEnded(spec, state.status, failed, attempts.seconds, error, attempt),
        )

    def end_spec(self, scenario: Scenario, state: State) -> None:
        """Publish the result of a planned spec after its last attempt, unless it has one.

        The result of an untested spec is published with its feature, when the reason is known.
        """
        status = Status.from_name(state.status)
        if status == Status.untested:
            return
        passed, skipped = status.is_passed(), status == Status.skipped
        outcome: events.Outcome = "passed" if passed else "skipped" if skipped else "failed"
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
                self.problem("\n".join(filter(None, [scenario.error_message, *errors])))

    def lose_worker(self, scenario: Scenario, worker: str, reason: str) -> None:
        """Publish that a worker was lost with a planned spec."""
        self._sink.publish(events.WorkerLost(worker, reason, self._id(scenario)))

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


def _outputs(
    spec: str, attempt: int, captured: Iterable[Output]
) -> Iterator[events.OutputCaptured]:
    for each in captured:
        name = each.name or ""
        if each.out:
            yield events.OutputCaptured(spec, name, "out", shorten(each.out), attempt)
        if each.err:
            yield events.OutputCaptured(spec, name, "err", shorten(each.err), attempt)
        if each.log:
            yield events.OutputCaptured(spec, name, "log", shorten(each.log), attempt)


def shorten(text: str, longest: int = LONGEST_OUTPUT) -> str:
    """Return the head and the tail of a text that is too long, with the number of characters in between."""
    if len(text) <= longest:
        return text
    half = longest // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} characters omitted …\n{text[-half:]}"
