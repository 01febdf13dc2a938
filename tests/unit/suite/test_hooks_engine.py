"""The hooks with the engine's runner: one cluster and one run for all workers."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from maidenhair.events import read_run

ENGINE = ("--runner", "maidenhair.engine:Runner")
SPECS = """
    Scenario: good
      Given a cleanup "first"
    Scenario: bad
      Given it fails
    @use.with_gpu=yes
    Scenario: wide
      Given it fails
"""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_workers_share_the_cluster_and_the_run(suite: Any, jobs: str) -> None:
    ended = suite.run(SPECS, *ENGINE, "-j", jobs, EXPORT_LOGS="1")

    assert ended.code == 1
    assert ended.last_line == "1 passed, 1 failed, 1 skipped"
    assert ended.output.count("1 passed, 1 failed, 1 skipped\n") == 1
    assert (
        "skipped: wide: the cluster lacks the capability gpu (@use.with_gpu=yes): none"
        in ended.output
    )
    assert ended.log[:2] == ["open session", "begin run"]
    (folder,) = (suite.folder / "artifacts").iterdir()
    assert ended.log[-3:] == [f"export logs to {folder}/nodes", "end run", "close session"]
    counts = Counter(ended.log)
    workers = int(jobs)
    assert counts["attach to fake and run1"] == counts["detach"] == workers
    assert counts["open session"] == counts["namespace for good"] == 1
    assert "Diagnostics of Namespace space" in ended.output


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_diagnostics_of_a_spec_are_in_the_folder_of_the_run_and_its_events_name_them(
    suite: Any, jobs: str
) -> None:
    ended = suite.run(SPECS, *ENGINE, "-j", jobs)

    (folder,) = (suite.folder / "artifacts").iterdir()
    assert (folder / "space").is_dir()
    assert f"    artifacts: artifacts/{folder.name}/space\n" in ended.output
    run = read_run(folder)
    named = {run.planned[spec].name: end.artifacts for spec, end in run.results.items()}
    assert named == {"good": None, "bad": "space", "wide": None}


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_nothing_that_a_spec_says_has_a_value_of_its_secrets(suite: Any, jobs: str) -> None:
    spec = "Scenario: bad\n  Given it fails with the password"
    ended = suite.run(spec, *ENGINE, "-j", jobs, "-f", "json", "-o", "r.json", "-f", "plain")

    written = [path.read_text() for path in suite.folder.glob("artifacts/*/*.jsonl")]
    said = "\n".join([ended.output, (suite.folder / "r.json").read_text(), *written])
    assert "correct-horse" not in said
    assert "token-of-the-kubeconfig" not in said
    assert "<redacted> is wrong for <redacted>" in said
    assert "printed <redacted> of Secret db, mode default" in said
    assert "attached <redacted>" in said


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_no_secret_is_read_for_a_spec_that_passes_without_output(suite: Any, jobs: str) -> None:
    ended = suite.run("Scenario: good\n  Given it passes", *ENGINE, "-j", jobs)

    assert ended.code == 0
    assert not [line for line in ended.log if line.startswith("list")]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_logs_of_nodes_are_not_saved_if_every_spec_passes(suite: Any, jobs: str) -> None:
    passing = "Scenario: good\n  Given it passes"
    ended = suite.run(passing, *ENGINE, "-j", jobs, EXPORT_LOGS="1")

    assert ended.code == 0
    assert not [line for line in ended.log if line.startswith("export")]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_workers_open_systems_with_the_deployment_of_the_run(suite: Any, jobs: str) -> None:
    ended = suite.run("Scenario: served\n  Given the widgets are logged", *ENGINE, "-j", jobs)

    assert ended.code == 0
    assert "widgets as deployed for Spec" in ended.log


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_without_a_cluster_nothing_counts_as_passed(suite: Any, jobs: str) -> None:
    ended = suite.run(SPECS, *ENGINE, "-j", jobs, REFUSE_SESSION="1")

    assert ended.code == 1
    assert ended.last_line == "0 passed, 3 failed, 0 skipped"
    assert "HOOK-ERROR in before_run: RuntimeError: no cluster today" in ended.output
    assert ended.log == ["open session"]


def test_a_cluster_that_cannot_be_removed_fails_the_run(suite: Any) -> None:
    ended = suite.run("Scenario: good\n  Given it passes", *ENGINE, FAIL_AT_CLOSE="1")

    assert ended.code == 1
    assert "CleanupFailed: could not close the cluster" in ended.output
    assert ended.last_line == "1 passed, 0 failed, 0 skipped"


def test_a_signal_leaves_nothing(suite: Any) -> None:
    ended = suite.run('Scenario: long\n  Given a cleanup "first"\n  And SIGINT arrives', *ENGINE)

    assert ended.code == 130
    assert ended.last_line == "0 passed, 1 failed, 0 skipped"
    assert ended.log[-5:] == [
        "cleanup first",
        "no namespace for long",
        "detach",
        "end run",
        "close session",
    ]


def test_a_worker_goes_on_while_a_namespace_is_deleted_which_fails_its_own_spec(suite: Any) -> None:
    ended = suite.run(
        """
        Scenario: next
          Given it passes
        @priority.1
        Scenario: it stays until the next spec runs
          Given it passes
        """,
        *(*ENGINE, "-j", "1"),
    )

    assert ended.last_line == "1 passed, 1 failed, 0 skipped"
    assert (
        "it stays until the next spec runs\n    CleanupFailed: could not remove the spec's"
        in ended.output
    )
    assert "waiting for finalizers: widgets" in ended.output


def test_cleanups_that_follow_wait_until_the_namespace_is_gone(suite: Any) -> None:
    ended = suite.run(
        """
        Scenario: next
          Given it passes
        @priority.1 @shares
        Scenario: it stays
          Given a cleanup "first" of before the namespace
        """,
        *(*ENGINE, "-j", "1"),
    )

    assert ended.last_line == "1 passed, 1 failed, 0 skipped"
    assert ended.log.index("waited for it stays") < ended.log.index("cleanup first")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_spec_with_the_tag_of_a_flaw_that_the_cluster_has_is_expected_to_fail(
    suite: Any, jobs: str
) -> None:
    specs = """
    @widgets.flaw.grey
    Scenario: flawed
      Given it fails
    """
    ended = suite.run(specs, *ENGINE, "-j", jobs)

    assert ended.code == 0
    assert ended.last_line == "0 passed, 0 failed, 1 skipped (1 failed as expected)"
    reason = "fails as expected: widgets.flaw.grey: Widgets are grey. (Widgets 1.2)"
    assert f"known flaw: flawed: {reason}" in ended.output
