"""The last lines of a run: skipped, failed and flaky specs, and how many passed, failed and were skipped."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from typing import Literal, TextIO

from maidenhair.engine.model import Config, Feature, Scenario
from maidenhair.engine.output.details import Details

Outcome = Literal["passed", "failed", "skipped", "untested"]


class ClosingLine:
    """A behave reporter that ends the output with `N passed, N failed, N skipped`.

    Args:
        config: behave's configuration; says which specs were selected at all.
        stream: where the lines go; standard output by default.
        details: collects failures and durations for lines above it; None leaves them out.
        on_trouble: takes errors outside any spec as soon as they are reported.
    """

    def __init__(
        self,
        config: Config,
        stream: TextIO | None = None,
        details: Details | None = None,
        on_trouble: Callable[[str], object] | None = None,
    ) -> None:
        self._on_trouble = on_trouble
        self._config = config
        self._stream = stream
        self._details = details
        self._outcomes: Counter[Outcome] = Counter()
        self._skipped: list[str] = []
        self._untested: list[str] = []
        self._troubles: list[str] = []
        self._notes: list[str] = []
        self._flaky: list[str] = []
        self._expected: list[str] = []
        self._expected_failures = 0

    @property
    def failures(self) -> int:
        """Return how many specs failed so far."""
        return self._outcomes["failed"]

    @property
    def flaky(self) -> int:
        """Return how many specs passed after a failed attempt."""
        return len(self._flaky)

    @property
    def counts(self) -> Counter[Outcome]:
        """Return the number of specs so far, by outcome."""
        return self._outcomes

    @property
    def ran(self) -> int:
        """Return how many specs ran so far."""
        return self._outcomes["passed"] + self._outcomes["failed"]

    def note(self, text: str) -> None:
        """Add a line about the run, such as its seed."""
        self._notes.append(text)

    def trouble(self, text: str) -> None:
        """Report an error outside any spec, such as a cluster that could not be removed."""
        self._troubles.append(text)
        if self._on_trouble is not None:
            self._on_trouble(text)

    def feature(self, feature: Feature) -> None:
        """Count the specs of a feature; behave calls it after the feature, run or not."""
        if self._details is not None:
            self._details.add_feature(feature)
        for scenario in feature.walk_scenarios():
            outcome = outcome_of(scenario, self._config)
            self._outcomes[outcome] += 1
            if scenario.status.name in ("xfailed", "xpassed"):
                self._expected.append(f"{scenario.name}: {scenario.skip_reason}")
                self._expected_failures += scenario.status.name == "xfailed"
            elif outcome == "skipped" and scenario.skip_reason:
                self._skipped.append(f"{scenario.name}: {scenario.skip_reason}")
            elif outcome == "untested":
                self._untested.append(f"{scenario.name}: {scenario.skip_reason}")
            if self._details is not None:
                self._details.add(scenario, outcome == "failed")
            attempts = getattr(scenario, "attempts", ())
            if outcome == "passed" and any(each.failed for each in attempts):
                self._flaky.append(f"{scenario.name}: passed at attempt {len(attempts)}")

    def end(self) -> None:
        """Write the lines; behave calls it at the end of the run."""
        stream = self._stream or sys.stdout
        if self._details is not None:
            print(file=stream)
        for line in self._skipped:
            print(f"skipped: {line}", file=stream)
        for line in self._untested:
            print(f"untested: {line}", file=stream)
        for line in self._details.describe() if self._details is not None else ():
            print(line, file=stream)
        for line in self._expected:
            print(f"known flaw: {line}", file=stream)
        for line in self._flaky:
            print(f"flaky: {line}", file=stream)
        for line in self._notes:
            print(line, file=stream)
        for line in self._troubles:
            print(f"error outside the specs: {line}", file=stream)
        print(self.line(), file=stream, flush=True)

    def line(self) -> str:
        """Return the closing line. It names expected failures and untested specs only if there are any."""
        counts = self._outcomes
        line = f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped"
        if self._expected_failures:
            line += f" ({self._expected_failures} failed as expected)"
        return f"{line}, {counts['untested']} untested" if counts["untested"] else line


def explain_untested(feature: Feature, config: Config, reason: str) -> None:
    """Put the reason why the run stopped into each spec of a feature that did not run, if there is a reason."""
    if not reason or config.dry_run:
        return
    for scenario in feature.walk_scenarios():
        if scenario.status.name == "untested" and scenario.should_run(config):
            scenario.skip_reason = reason


def outcome_of(scenario: Scenario, config: Config) -> Outcome:
    """Return the outcome of a spec.

    Only a spec that ran to its end is passed. One that a hook broke, that a failed before_run or before_all prevented,
    or that has an undefined step is failed. One before which the run stopped, with a reason, is untested. One that was
    not selected, lacks a capability, or failed as expected is skipped, and so is every spec of a dry run.
    """
    if scenario.status.name in ("skipped", "xfailed"):
        return "skipped"
    if scenario.status.is_passed():
        return "passed"
    dry_run = getattr(config, "dry_run", False)
    if scenario.status.name == "untested" and (dry_run or not scenario.should_run(config)):
        return "skipped"
    if scenario.status.name == "untested" and scenario.skip_reason:
        return "untested"
    return "failed"
