"""The last lines of a run: what was skipped and why, and how many specs passed, failed and were skipped."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any, Literal, TextIO

Outcome = Literal["passed", "failed", "skipped"]


class ClosingLine:
    """A behave reporter that ends the output with `N passed, N failed, N skipped`.

    Args:
        config: behave's configuration; says which specs were selected at all.
        stream: where the lines go; standard output by default.
    """

    def __init__(self, config: Any, stream: TextIO | None = None) -> None:
        self._config = config
        self._stream = stream
        self._outcomes: Counter[Outcome] = Counter()
        self._skipped: list[str] = []
        self._troubles: list[str] = []
        self._notes: list[str] = []
        self._flaky: list[str] = []

    @property
    def failures(self) -> int:
        """Return how many specs failed so far."""
        return self._outcomes["failed"]

    @property
    def ran(self) -> int:
        """Return how many specs ran so far."""
        return self._outcomes["passed"] + self._outcomes["failed"]

    def note(self, text: str) -> None:
        """Have something told of the run that is no error, such as its seed."""
        self._notes.append(text)

    def trouble(self, text: str) -> None:
        """Have an error told that belongs to no spec, such as a cluster that could not be removed."""
        self._troubles.append(text)

    def feature(self, feature: Any) -> None:
        """Count the specs of a feature; behave calls it after the feature, run or not."""
        for scenario in feature.walk_scenarios():
            outcome = outcome_of(scenario, self._config)
            self._outcomes[outcome] += 1
            if outcome == "skipped" and scenario.skip_reason:
                self._skipped.append(f"{scenario.name}: {scenario.skip_reason}")
            attempts = getattr(scenario, "attempts", ())
            if outcome == "passed" and any(each.failed for each in attempts):
                self._flaky.append(f"{scenario.name}: passed at attempt {len(attempts)}")

    def end(self) -> None:
        """Write the lines; behave calls it when all is done."""
        stream = self._stream or sys.stdout
        for line in self._skipped:
            print(f"skipped: {line}", file=stream)
        for line in self._flaky:
            print(f"flaky: {line}", file=stream)
        for line in self._notes:
            print(line, file=stream)
        for line in self._troubles:
            print(f"error outside the specs: {line}", file=stream)
        print(self.line(), file=stream, flush=True)

    def line(self) -> str:
        """Return the closing line."""
        counts = self._outcomes
        return f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped"


def outcome_of(scenario: Any, config: Any) -> Outcome:
    """Return what became of a spec.

    Passed is only what ran to its end: a spec that an abort kept from running, that a hook broke or that has an
    undefined step counts as failed. Skipped is what was not selected, or lacks a capability, and all of a dry run.
    """
    if scenario.status.is_passed():
        return "passed"
    if scenario.status.name == "skipped":
        return "skipped"
    dry_run = getattr(config, "dry_run", False)
    if scenario.status.name == "untested" and (dry_run or not scenario.should_run(config)):
        return "skipped"
    return "failed"
