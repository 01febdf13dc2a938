"""The details above the closing line: failures, how to rerun them, the slowest specs, and the duration of the run."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from maidenhair.engine.model import Feature, Scenario, Step
from maidenhair.engine.output.rerun_command import rerun_command
from maidenhair.engine.text import describe_seconds, escape, first_lines

FIRST_LINES = 3
SHOWN_FAILURES = 30
SHOWN_LOCATIONS = 5
SLOWEST = 5
_CAUSE = "Likely cause:"


@dataclass(frozen=True)
class Failure:
    """A failed spec.

    Attributes:
        location: its file and line.
        name: its name.
        lines: its failed step, the first lines of the error, and that of a hook or cleanup that failed as well.
        cause: the likely cause, if the error names one.
        artifacts: where its artifacts are.
    """

    location: str
    name: str
    lines: Sequence[str]
    cause: str
    artifacts: Sequence[str]

    @classmethod
    def of(cls, scenario: Scenario) -> Failure:
        """Return the failure of a scenario."""
        step = next((each for each in scenario.all_steps if each.status.has_failed()), None)
        text = _error_of(step or scenario)
        found = [line.strip() for line in text.splitlines() if line.strip().startswith(_CAUSE)]
        place = [f"{step.keyword} {step.name} ({step.location})"] if step is not None else []
        artifacts = tuple(_shortened(str(each)) for each in getattr(scenario, "artifacts", ()))
        lines = [*place, *first_lines(text, FIRST_LINES)]
        if step is not None and scenario.exception is not None:
            # A hook or a cleanup failed as well.
            lines += first_lines(f"also: {_error_of(scenario)}", 1)
        return cls(str(scenario.location), scenario.name, lines, "".join(found[:1]), artifacts)

    def describe(self) -> list[str]:
        """Return the lines about it."""
        artifacts = [f"artifacts: {each}" for each in self.artifacts]
        cause = [] if not self.cause or self.cause in map(str.strip, self.lines) else [self.cause]
        return [
            f"failed: {self.location} {self.name}",
            *(f"    {line}" for line in (*self.lines, *cause, *artifacts)),
        ]


@dataclass
class Details:
    """Collects what is reported above the closing line.

    Attributes:
        arguments: the command line of the run, without the program.
        begun: when the run began, on the clock `time.monotonic`.
    """

    arguments: Sequence[str] = field(default_factory=lambda: tuple(sys.argv[1:]))
    begun: float = field(default_factory=time.monotonic)
    _failures: list[Failure] = field(default_factory=list)
    _seconds: dict[str, float] = field(default_factory=dict)
    _counts: Counter[str] = field(default_factory=Counter)

    def add_feature(self, feature: Feature) -> None:
        """Count a feature that ended, and its steps."""
        scenarios = list(feature.walk_scenarios())
        self._counts["features"] += 1
        self._counts["specs"] += len(scenarios)
        self._counts["steps"] += sum(len(list(each.all_steps)) for each in scenarios)

    def add(self, scenario: Scenario, failed: bool) -> None:
        """Add a spec that ended."""
        if failed:
            self._failures.append(Failure.of(scenario))
        attempts = getattr(scenario, "attempts", ())
        if attempts:
            title = f"{scenario.location} {scenario.name}"
            self._seconds[title] = sum(each.seconds for each in attempts)

    def describe(self) -> list[str]:
        """Return the lines."""
        return list(map(escape, [*self._describe_failures(), *self._describe_durations()]))

    def _describe_failures(self) -> list[str]:
        if not self._failures:
            return []
        shown, rest = self._failures[:SHOWN_FAILURES], len(self._failures[SHOWN_FAILURES:])
        lines = [line for failure in shown for line in failure.describe()]
        if rest:
            lines.append(f"failed: {rest} more specs")
        locations = list(dict.fromkeys(each.location for each in self._failures))
        few = len(locations) <= SHOWN_LOCATIONS
        return [*lines, f"rerun: {rerun_command(self.arguments, locations if few else None)}"]

    def _describe_durations(self) -> list[str]:
        slowest = sorted(self._seconds.items(), key=lambda each: -each[1])[:SLOWEST]
        lines = [f"slowest: {seconds:.3f} s {title}" for title, seconds in slowest]
        counts = ", ".join(
            f"{self._counts[name]} {name if self._counts[name] != 1 else name[:-1]}"
            for name in ("features", "specs", "steps")
        )
        took = describe_seconds(time.monotonic() - self.begun)
        return [*(lines if len(lines) > 1 else []), f"took {took} for {counts}"]


def _shortened(path: str) -> str:
    """Return a path relative to the current folder if it is in it."""
    absolute = Path(path).absolute()
    return str(absolute.relative_to(Path.cwd())) if absolute.is_relative_to(Path.cwd()) else path


def _error_of(element: Step | Scenario) -> str:
    """Return the text of an error, without its traceback."""
    if element.status.name == "undefined":
        return "The step is undefined."
    if element.status.name == "untested":
        return "It did not run."
    if element.exception is not None:
        text = str(element.exception)
        if isinstance(element.exception, AssertionError) and text:
            return text
        return f"{type(element.exception).__name__}: {text}"
    return element.error_message or f"The spec did not run to its end: {element.status.name}."
