"""Reports feature files that cannot be parsed: each as a feature with one scenario that fails."""

from __future__ import annotations

from typing import Protocol

from behave.matchers import NoMatch
from behave.model import Feature as BehaveFeature
from behave.model import Scenario, Step
from behave.model_type import Status
from behave.parser import ParserError

from maidenhair.engine.model import Feature, Runner
from maidenhair.engine.planning.sources import BrokenFile

STEP = "the file can be parsed"


class ReportingRunner(Runner, Protocol):
    """A runner that passes features to reporters."""

    def report(self, feature: Feature) -> None:
        """Pass a feature that is over to the reporters."""


def report_broken(runner: ReportingRunner, file: BrokenFile) -> None:
    """Report a file that cannot be parsed to formatters and reporters. No hook runs."""
    feature = _feature_of(file)
    (scenario,) = feature.scenarios
    (step,) = scenario.steps
    for formatter in runner.formatters:
        formatter.uri(file.filename)
        formatter.feature(feature)
        formatter.scenario(scenario)
        formatter.step(step)
    step.status, step.error_message = Status.error, str(file)
    step.exception = ParserError(file.reason, file.line, file.filename, use_annotated_message=False)
    scenario.set_status(Status.error)
    for formatter in runner.formatters:
        formatter.match(NoMatch())
        formatter.result(step)
        formatter.eof()
    runner.report(feature)


def _feature_of(file: BrokenFile) -> BehaveFeature:
    feature = BehaveFeature(file.filename, file.line, "Feature", file.filename)
    scenario = Scenario(file.filename, file.line, "Scenario", STEP)
    scenario.steps = [Step(file.filename, file.line, "Then", "then", STEP)]
    feature.add_scenario(scenario)
    return feature
