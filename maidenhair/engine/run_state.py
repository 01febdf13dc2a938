"""The state of a run that changes while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from maidenhair.engine.model import Config, Feature
from maidenhair.engine.output.summary_reporter import ClosingLine, outcome_of
from maidenhair.engine.planning.specs import key_of


@dataclass
class RunState:
    """The state of a run, apart from what behave itself counts: hook failures, undefined steps and `aborted`.

    Attributes:
        summary: writes the last lines of the run.
        folder: the run's folder, for its events and diagnostics. It has the name of the run.
        failed: whether the run failed, also where every spec passed.
        wrong_use: whether the hook before_run found a wrong setting.
        value: the value that the hook before_run returned, for all workers.
        durations: the seconds that each spec took, by key.
        failed_specs: the keys of the specs that failed.
        passed_specs: the keys of the specs that passed.
        max_failures: the number of failed specs at which the run stops; None for no limit.
        has_reporters: whether the reporters that the hook before_all adds in workers are known.
        stop_reason: the reason why no spec starts any more; empty while specs start.
    """

    summary: ClosingLine
    folder: Path
    failed: bool = False
    wrong_use: bool = False
    value: object = None
    durations: dict[str, float] = field(default_factory=dict)
    failed_specs: set[str] = field(default_factory=set)
    passed_specs: set[str] = field(default_factory=set)
    max_failures: int | None = None
    has_reporters: bool = False
    stop_reason: str = ""
    _failures: int = 0

    def add_feature(self, feature: Feature, config: Config) -> None:
        """Add the specs of a feature that ended."""
        self.summary.feature(feature)
        for scenario in feature.walk_scenarios():
            outcome = outcome_of(scenario, config)
            if outcome == "failed":
                self.failed_specs.add(key_of(scenario))
            elif outcome == "passed":
                self.passed_specs.add(key_of(scenario))

    def fail_if_flaky(self) -> None:
        """Fail the run if a spec was flaky."""
        flaky = self.summary.flaky
        if flaky:
            self.fail(
                f"{flaky} flaky {'spec' if flaky == 1 else 'specs'}, and fail_on_flaky is set"
            )

    def stop(self, reason: str) -> None:
        """Note why no spec starts any more. The first reason counts."""
        if not self.stop_reason:
            self.stop_reason = reason
            self.summary.note(f"stopped: {reason}")

    def count_failure(self) -> bool:
        """Count a failed spec. Return whether the run stops because of `max_failures`."""
        self._failures += 1
        if self.max_failures is None or self._failures < self.max_failures:
            return False
        self.stop(f"{self._failures} specs failed, the limit that max_failures sets")
        return True

    def fail(self, reason: str) -> None:
        """Fail the run for a reason outside any spec."""
        self.failed = True
        self.summary.trouble(reason)
