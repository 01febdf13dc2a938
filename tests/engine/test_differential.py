"""Suites made at random report the same under behave, with one job, and with three."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings

from .generated.comparison import differences
from .generated.runs import BEHAVE, ENGINE, Runs, script, serving
from .generated.stopped import stopped_differences
from .generated.suites import GeneratedSuite, suites

COMMON = settings(deadline=None, suppress_health_check=list(HealthCheck))
SCENARIO = "Feature: f{0} plain\n  Scenario: s{0} plain\n    Given it passes\n"
WITHOUT_SPECS = GeneratedSuite(
    features=(SCENARIO.format(0), SCENARIO.format(1)),
    hooks={"before_all": {"run": [("fails", "value")]}},
    reporter=False,
    options=("--name", "s1 "),
    stop="",
)
"""The hook before_all fails, and the first feature has no spec that is to run."""
SHARED_BACKGROUND = GeneratedSuite(
    features=(
        "Feature: f0\n  Background:\n    Given it passes\n"
        "  Scenario: s00\n    Given it passes\n  Scenario: s01\n    Given it passes\n",
    ),
    hooks={"before_step": {"s00#0": [("skips", "plain")]}},
    reporter=False,
    options=("--no-capture-hooks",),
    stop="",
)
"""A step of the background logs something in the first spec, and nothing in the second."""
HIDDEN_SPEC = GeneratedSuite(
    features=(
        "Feature: f0\n  Background:\n    Given it passes\n  Scenario: s0only\n    described\n",
    ),
    hooks={"before_feature": {"f0": [("skips", "plain")]}},
    reporter=True,
    options=("--no-skipped",),
    stop="",
)
"""Formatters hear nothing of a spec that a hook skips, but reporters do."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    with serving(tmp_path_factory.mktemp("differential")) as runs:
        yield runs


@pytest.mark.timeout(1200)
@settings(COMMON, max_examples=30, derandomize=True, phases=[Phase.explicit, Phase.generate])
@given(suite=suites())
@example(suite=WITHOUT_SPECS)
@example(suite=SHARED_BACKGROUND)
@example(suite=HIDDEN_SPEC)
def test_30_suites_report_what_they_report_under_behave(runs: Runs, suite: GeneratedSuite) -> None:
    check(runs, suite)


@pytest.mark.long
@pytest.mark.timeout(3600)
@settings(COMMON, max_examples=300)
@given(suite=suites())
def test_300_suites_report_what_they_report_under_behave(runs: Runs, suite: GeneratedSuite) -> None:
    check(runs, suite)


@pytest.mark.timeout(1200)
@settings(COMMON, max_examples=10, derandomize=True, phases=[Phase.generate])
@given(suite=suites().filter(lambda suite: suite.stop not in ("", "exits")))
def test_10_suites_that_stop_lose_no_spec(runs: Runs, suite: GeneratedSuite) -> None:
    check(runs, suite)


def check(runs: Runs, suite: GeneratedSuite) -> None:
    behave = runs.run(suite, "behave", *BEHAVE)
    stops = suite.stop and "--dry-run" not in suite.options
    # Several workers do not call the hooks of a feature without a selected spec, as docs/engine.md says.
    for jobs in (1,) if suite.hooks_unselected_features else (1, 3):
        options = (*ENGINE, "-j", str(jobs))
        engine = runs.run(suite, f"engine-{jobs}", *options)
        if stops and (suite.stop == "exits" or jobs > 1):
            # Workers may have run other specs than behave when the run stops, and behave writes no report at an exit.
            found = stopped_differences(behave, engine)
        else:
            found = [] if behave.crashed else differences(behave, engine, jobs)
        if found:
            shown = "\n\n".join(found)
            pytest.fail(f"with {jobs} jobs:\n{shown}\n\n{script(suite, BEHAVE, options)}")
