"""The calls of an `environment.py` and its steps, in real behave runs with a cluster that does not exist."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from maidenhair import Hooks, install_hooks
from maidenhair.errors import ConfigurationError

RUNNERS = [(), ("--runner", "maidenhair:Runner"), ("--runner", "maidenhair:Runner", "-j", "2")]
GOOD = "Scenario: good\n  Given it passes"


def add_hooks(suite: Any, hooks: str) -> None:
    """Add hooks of a project to the environment of a suite."""
    environment: Path = suite.folder / "environment.py"
    environment.write_text(f"{environment.read_text()}\n\n{dedent(hooks)}")


def test_the_hooks_of_a_module_are_those_of_the_framework() -> None:
    module: dict[str, Any] = {"before_feature": print}
    hooks = install_hooks(module)
    assert module.pop("before_feature") is print
    assert sorted(module) == sorted(name for name in vars(Hooks) if not name.startswith("_"))
    assert all(hook == getattr(hooks, name) for name, hook in module.items())


def test_a_hook_that_would_be_replaced_is_refused() -> None:
    module = {"__file__": "features/environment.py", "before_scenario": print}
    with pytest.raises(ConfigurationError, match=r"environment\.py defines before_scenario before"):
        install_hooks(module)
    assert module["before_scenario"] is print


@pytest.mark.parametrize("runner", RUNNERS, ids=" ".join)
def test_a_project_s_own_hooks_call_those_of_the_framework(
    suite: Any, runner: tuple[str, ...]
) -> None:
    add_hooks(
        suite,
        """
        def after_scenario(context, scenario):
            log(f"own hook after {scenario.name} in {context.spec.namespace}")
            hooks.after_scenario(context, scenario)
        """,
    )
    ended = suite.run(GOOD, *runner)

    assert ended.last_line == "1 passed, 0 failed, 0 skipped"
    first = ended.log.index("own hook after good in space")
    assert ended.log[first + 1] == "no namespace for good"


@pytest.mark.parametrize("runner", RUNNERS, ids=" ".join)
def test_deferred_cleanups_run_the_last_first_and_before_the_namespace_goes(
    suite: Any, runner: tuple[str, ...]
) -> None:
    ended = suite.run(
        """
        Scenario: tidy
          Given a deferred cleanup "first"
          And a cleanup "second"
          And a deferred cleanup "third" that is asynchronous
        """,
        *runner,
    )

    assert ended.last_line == "1 passed, 0 failed, 0 skipped"
    begin = ended.log.index("cleanup third")
    expected = ["cleanup third", "cleanup second", "cleanup first", "no namespace for tidy"]
    assert ended.log[begin : begin + 4] == expected


@pytest.mark.parametrize("runner", RUNNERS, ids=" ".join)
def test_a_deferred_cleanup_that_fails_fails_the_spec_and_no_other(
    suite: Any, runner: tuple[str, ...]
) -> None:
    ended = suite.run(
        """
        Scenario: untidy
          Given a deferred cleanup "first"
          And a deferred cleanup "second" that fails
        Scenario: good
          Given it passes
        """,
        *runner,
    )

    assert ended.last_line == "1 passed, 1 failed, 0 skipped"
    assert "could not run the cleanup fail: RuntimeError: cleanup second" in ended.output
    assert "cleanup first" in ended.log


@pytest.mark.parametrize("runner", RUNNERS, ids=" ".join)
def test_calls_that_a_hook_defers_around_a_feature_run_when_the_feature_ends(
    suite: Any, runner: tuple[str, ...]
) -> None:
    add_hooks(
        suite,
        """
        def before_feature(context, feature):
            defer_cleanup(context, log, "end of the feature")
        """,
    )
    ended = suite.run(GOOD, *runner)

    end = ended.log.index("end of the feature")
    assert ended.log.index("no namespace for good") < end < ended.log.index("end run")


def test_deferred_calls_of_a_retained_spec_are_not_made(suite: Any) -> None:
    ended = suite.run(
        """
        Scenario: retained
          Given a deferred cleanup "first"
          And it fails
        """,
        "-D",
        "keep_on_failure=yes",
    )

    assert "keep space" in ended.log
    assert "cleanup first" not in ended.log
