"""SIGINT and SIGTERM in real behave runs over small suites."""

from __future__ import annotations

import signal
from typing import Any

import pytest

PASSING = """
    Scenario: good
      Given it passes
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_ends_the_run_and_everything_is_cleaned_up(suite: Any, name: str) -> None:
    scenario = f"""
        Scenario: long
          Given a cleanup "first"
          And {name} arrives
    """
    ended = suite.run(scenario + PASSING)

    assert ended.code != 0
    assert "not interrupted" not in ended.log
    assert ended.log[-4:] == ["cleanup first", "no namespace for long", "end run", "close session"]
    assert ended.last_line == "0 passed, 2 failed, 0 skipped"


def test_a_signal_during_a_cleanup_does_not_skip_the_others(suite: Any) -> None:
    scenario = """
        Scenario: tidy
          Given a cleanup "first"
          And a cleanup during which SIGINT arrives 1 times
    """
    ended = suite.run(scenario + PASSING)

    assert ended.code != 0
    assert ended.log[-4:] == ["cleanup first", "no namespace for tidy", "end run", "close session"]
    assert "namespace for good" not in ended.log


def test_a_second_signal_leaves_at_once(suite: Any) -> None:
    ended = suite.run(
        """
        Scenario: hasty
          Given a cleanup "first"
          And a cleanup during which SIGINT arrives 2 times
        """,
    )

    assert ended.code == -signal.SIGINT
    assert "leaving at once" in ended.output
    assert "cleanup first" not in ended.log


def test_a_signal_to_a_forked_child_does_not_touch_the_run(suite: Any) -> None:
    ended = suite.run("Scenario: parent\n  Given a child that gets SIGTERM\n  And it passes")

    assert ended.code == 0
    assert ended.log.count("step") == 1
    assert "cleaning up" not in ended.output


def test_a_signal_between_two_hooks_leaves_nothing(suite: Any) -> None:
    ended = suite.run(PASSING, "-f", "interrupting:Interrupting")

    assert ended.code != 0
    assert "step" not in ended.log
    assert ended.log[-3:] == ["no namespace for good", "end run", "close session"]
    assert ended.last_line == "0 passed, 1 failed, 0 skipped"
