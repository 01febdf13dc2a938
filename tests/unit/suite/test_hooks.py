"""The hooks in real behave runs over small suites, with a cluster that does not exist."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest

PASSING = """
    Scenario: good
      Given it passes
"""


@pytest.mark.parametrize(
    ("scenario", "line", "code"),
    [
        ("Scenario: x\n  Given it passes", "1 passed, 0 failed, 0 skipped", 0),
        ("Scenario: x\n  Given it fails", "0 passed, 1 failed, 0 skipped", 1),
        ("Scenario: x\n  Given it breaks", "0 passed, 1 failed, 0 skipped", 1),
        ("Scenario: x\n  Given it is undefined", "0 passed, 1 failed, 0 skipped", 1),
        ("Scenario: no namespace\n  Given it passes", "0 passed, 1 failed, 0 skipped", 1),
        ('Scenario: x\n  Given a cleanup "a" that fails', "0 passed, 1 failed, 0 skipped", 1),
        ("Scenario: x\n  Given SIGINT arrives", "0 passed, 1 failed, 0 skipped", 1),
        ("@use.with_gpu=yes\nScenario: x\n  Given it fails", "0 passed, 0 failed, 1 skipped", 0),
        ("@not.with_api=yes\nScenario: x\n  Given it fails", "0 passed, 0 failed, 1 skipped", 0),
        ("@use.with_api=yes\nScenario: x\n  Given it passes", "1 passed, 0 failed, 0 skipped", 0),
        ("@use.with_wings=yes\nScenario: x\n  Given it passes", "0 passed, 1 failed, 0 skipped", 1),
    ],
)
def test_the_run_ends_with_the_closing_line(
    suite: Any, scenario: str, line: str, code: int
) -> None:
    ended = suite.run(scenario)

    assert ended.last_line == line
    assert ended.code == code


def test_every_row_of_an_outline_is_a_spec(suite: Any) -> None:
    ended = suite.run(
        """
        Scenario Outline: o
          Given it <does>
          Examples:
            | does   |
            | passes |
            | fails  |
            | passes |
        """,
    )

    assert ended.last_line == "2 passed, 1 failed, 0 skipped"


def test_specs_that_are_not_selected_are_skipped(suite: Any) -> None:
    ended = suite.run(PASSING + PASSING.replace("good", "other"), "--name", "good")

    assert ended.last_line == "1 passed, 0 failed, 1 skipped"
    assert "skipped:" not in ended.output


def test_a_missing_capability_is_reported_at_the_end(suite: Any) -> None:
    ended = suite.run(
        "@use.with_multi_node=yes\nScenario: wide\n  Given it passes\n" + dedent(PASSING)
    )

    expected = (
        "skipped: wide: the cluster lacks the capability multi-node (@use.with_multi_node=yes): "
        "it has no second node"
    )
    assert ended.output.rstrip().splitlines()[-2] == expected
    assert "namespace for wide" not in ended.log


def test_a_capability_that_nothing_has_fails_the_spec_with_those_that_there_are(suite: Any) -> None:
    ended = suite.run("@use.with_wings=yes\nScenario: x\n  Given it passes")

    text = "@use.with_wings=yes: there is no capability 'wings'; the framework and the active systems have: "
    assert f"{text}api, gpu, multi-node" in ended.output
    assert "step" not in ended.log


def test_a_spec_gets_the_objects_that_active_systems_open_for_it(suite: Any) -> None:
    ended = suite.run("Scenario: served\n  Given the widgets are logged")

    assert "widgets as deployed for Spec" in ended.log


def test_a_capability_that_a_whole_feature_lacks_is_reported_for_each_of_its_specs(
    suite: Any,
) -> None:
    ended = suite.run(
        """
        @use.with_gpu=yes
        Rule: r
          Background:
            Given it fails

          Scenario: alone
            Given it passes

          Scenario Outline: row <number>
            Given it passes
            Examples:
              | number |
              | 1      |
              | 2      |

        Rule: other
          @wide
          Scenario: deselected
            Given it passes
        """,
        "--tags=not @wide",
    )

    reported = [line for line in ended.output.splitlines() if line.startswith("skipped: ")]
    names = [line.removeprefix("skipped: ").split(":")[0].split(" --")[0] for line in reported]
    assert names == ["alone", "row 1", "row 2"]
    assert all(line.endswith(": none of its nodes has one") for line in reported)
    assert ended.last_line == "0 passed, 0 failed, 4 skipped"
    assert ended.code == 0
    assert not [line for line in ended.log if line.startswith("namespace")]


def test_specs_that_are_not_selected_are_not_reported_even_if_they_could_not_run(
    suite: Any,
) -> None:
    ended = suite.run(
        "@use.with_gpu=yes @wide\nScenario: wide\n  Given it passes\n" + dedent(PASSING),
        "--tags=not @wide",
    )

    assert ended.last_line == "1 passed, 0 failed, 1 skipped"
    assert "skipped:" not in ended.output


def test_without_a_cluster_nothing_counts_as_passed(suite: Any) -> None:
    ended = suite.run(PASSING + PASSING.replace("good", "other"), REFUSE_SESSION="1")

    assert ended.code != 0
    assert ended.last_line == "0 passed, 2 failed, 0 skipped"
    assert "error outside the specs: RuntimeError: no cluster today" in ended.output
    assert ended.log == ["open session"]


def test_a_cluster_that_cannot_be_removed_fails_the_run(suite: Any) -> None:
    ended = suite.run(PASSING, FAIL_AT_CLOSE="1")

    assert ended.code != 0
    assert "error outside the specs: CleanupFailed: could not close the cluster" in ended.output
    assert ended.last_line == "1 passed, 0 failed, 0 skipped"


def test_a_wrong_setting_ends_the_run_before_a_cluster_is_made(suite: Any) -> None:
    ended = suite.run(PASSING, "-D", "provider=moon")

    assert ended.code != 0
    assert "ConfigurationError" in ended.output
    assert "moon" in ended.output
    assert ended.log == []


def test_a_run_and_a_namespace_are_opened_and_closed_in_order(suite: Any) -> None:
    ended = suite.run(PASSING)

    assert ended.log == [
        "open session",
        "begin run",
        "namespace for good",
        "step",
        "no namespace for good",
        "end run",
        "close session",
    ]


def test_cleanups_run_in_reverse_and_all_of_them(suite: Any) -> None:
    ended = suite.run(
        """
        Scenario: untidy
          Given a cleanup "first"
          And a cleanup "second" that fails
          And a cleanup "third"
          And it fails
        """,
    )

    cleanups = [line for line in ended.log if "cleanup" in line or "no namespace" in line]
    assert cleanups == [
        "cleanup third",
        "cleanup second",
        "cleanup first",
        "no namespace for untidy",
    ]
    assert "could not do second: RuntimeError: cleanup second" in ended.output


def test_a_failure_is_diagnosed_before_the_namespace_is_removed(suite: Any) -> None:
    ended = suite.run("Scenario: bad\n  Given it fails")

    assert ended.log.index("list Event") < ended.log.index("no namespace for bad")
    assert "Diagnostics of Namespace space" in ended.output
    assert (suite.folder / "artifacts" / "run1" / "space").is_dir()


def test_the_namespaces_of_operators_are_diagnosed_too(suite: Any) -> None:
    options = ("-D", "diagnostics_namespaces=widget-system,space")
    ended = suite.run("Scenario: bad\n  Given it fails", *options)

    found = [line for line in ended.output.splitlines() if "Diagnostics of Namespace" in line]
    assert [line.split()[3] for line in found] == ["space", "widget-system"]
    assert (suite.folder / "artifacts" / "run1" / "space" / "widget-system").is_dir()


def test_a_spec_that_uses_no_namespace_has_none(suite: Any) -> None:
    ended = suite.run("@shares\nScenario: light\n  Given it passes")

    assert ended.log == ["open session", "begin run", "step", "end run", "close session"]


def test_no_namespace_is_retained_for_a_spec_that_fails_before_it_has_one(suite: Any) -> None:
    ended = suite.run("@shares\nScenario: light\n  Given it fails", "-D", "keep_on_failure=yes")

    assert ended.last_line == "0 passed, 1 failed, 0 skipped"
    assert not [line for line in ended.log if "namespace" in line or line.startswith("keep")]


def test_the_logs_of_nodes_are_saved_once_at_the_end_of_a_failed_run(suite: Any) -> None:
    two = "Scenario: bad\n  Given it fails\nScenario: worse\n  Given it fails"
    ended = suite.run(two, EXPORT_LOGS="1")

    folder = "artifacts/run1/nodes"
    assert ended.log[-3:] == [f"export logs to {folder}", "end run", "close session"]
    assert ended.log.count(f"export logs to {folder}") == 1
    assert f"The logs of the cluster's nodes are in {folder}." in ended.output


def test_logs_that_cannot_be_saved_are_reported_and_the_run_ends_as_without_them(
    suite: Any,
) -> None:
    ended = suite.run("Scenario: bad\n  Given it fails", EXPORT_LOGS="1", REFUSE_LOGS="1")

    assert "artifacts/run1/nodes: no logs today" in ended.output
    assert ended.log[-1] == "close session"
    assert ended.last_line == "0 passed, 1 failed, 0 skipped"


def test_a_spec_that_passes_is_not_diagnosed(suite: Any) -> None:
    ended = suite.run(PASSING, EXPORT_LOGS="1")

    assert not [line for line in ended.log if line.startswith(("list", "export"))]


def test_a_dry_run_needs_no_cluster(suite: Any) -> None:
    ended = suite.run(PASSING, "--dry-run")

    assert ended.code == 0
    assert ended.log == []
