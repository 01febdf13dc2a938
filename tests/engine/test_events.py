"""The run events of real runs."""

from __future__ import annotations

import resource
import signal
from collections import Counter

import pytest

from maidenhair.events import (
    Attached,
    AttemptEnded,
    FileBroken,
    HookFailed,
    OutputCaptured,
    ProblemFound,
    RecordedRun,
    RunEnded,
    RunEvent,
    SpecEnded,
    SpecPlanned,
    SpecStarted,
    StepEnded,
    Warned,
    WorkerLost,
    read_events,
    read_run,
)

from .conftest import Ended, Suite

JOBS = pytest.mark.parametrize("jobs", ["1", "2"])


def events(suite: Suite) -> list[RunEvent]:
    (path,) = suite.folder.glob("artifacts/*/events.jsonl")
    return list(read_events(path))


def recorded(suite: Suite) -> RecordedRun:
    (path,) = suite.folder.glob("artifacts/*/events.jsonl")
    return read_run(path)


def outcomes(suite: Suite) -> dict[str, str]:
    """Return the outcome of each planned spec by name, and check that there is one."""
    run = recorded(suite)
    ends = Counter(each.spec for each in events(suite) if isinstance(each, SpecEnded))
    assert ends == Counter(run.planned.keys())
    return {run.planned[spec].name: each.outcome for spec, each in run.results.items()}


def counted(ended: Ended, suite: Suite) -> bool:
    """Return whether the last event says what the closing line says."""
    last = events(suite)[-1]
    assert isinstance(last, RunEnded)
    line = f"{last.passed} passed, {last.failed} failed, {last.skipped} skipped"
    line += f", {last.untested} untested" if last.untested else ""
    return (last.exit_code, line) == (ended.code, ended.last_line)


@JOBS
def test_a_run_publishes_its_plan_and_what_happens(suite: Suite, jobs: str) -> None:
    suite.feature(
        """
        @top
        Feature: f
          Background:
            Given it passes
          @flaky.2
          Scenario: flaky
            Given it fails 1 times, then passes
          Scenario Outline: row <n>
            Given it prints <n> bytes
              '''
              a text
              '''
            Then it fails
              | a | b |
              | 1 | 2 |
            Then it passes
            Examples:
              | n |
              | 3 |
          Rule: r
            Scenario: in a rule
              Given it attaches 3 bytes
            @skip
            Scenario: skipped
              Given it passes
        """.replace("'''", '"""')
    )
    ended = suite.run("-j", jobs)
    run, found = recorded(suite), events(suite)
    planned = list(run.planned.values())

    assert outcomes(suite) == {"flaky": "passed", "row 3 -- @1.1 ": "failed", "in a rule": "passed"}
    assert counted(ended, suite)
    assert [(each.rule, each.number, each.tags) for each in planned] == [
        ("", 0, ("flaky.2", "top")),
        ("", 1, ("top",)),
        ("r", 2, ("top",)),
    ]
    assert [(each.name, each.text, each.table) for each in planned[1].steps[1:3]] == [
        ("it prints 3 bytes", "a text", ()),
        ("it fails", None, (("a", "b"), ("1", "2"))),
    ]
    assert [(each.name, each.reason) for each in run.left_out.values()] == [("skipped", "@skip")]
    flaky, row, rule = (each.spec for each in planned)
    steps = [each for each in found if isinstance(each, StepEnded)]
    assert [(each.attempt, each.step, each.status) for each in steps if each.spec == flaky] == [
        (1, 0, "passed"),
        (1, 1, "failed"),
        (2, 0, "passed"),
        (2, 1, "passed"),
    ]
    assert [(each.step, each.status) for each in steps if each.spec == row][:3] == [
        (0, "passed"),
        (1, "passed"),
        (2, "failed"),
    ]
    assert "as it should" in next(
        each.error or "" for each in steps if each.spec == row and each.error
    )
    attempts = [each for each in found if isinstance(each, AttemptEnded) and each.spec == flaky]
    assert [(each.attempt, each.failed) for each in attempts] == [(1, True), (2, False)]
    started = [each for each in found if isinstance(each, SpecStarted) and each.spec == flaky]
    assert [each.attempt for each in started] == [1, 2]
    assert {bool(each.worker) for each in started} == {jobs == "2"}
    assert (run.results[flaky].flaky, run.results[flaky].attempts) == (True, 2)
    assert [(each.spec, each.text) for each in found if isinstance(each, Attached)] == [
        (rule, "xxx")
    ]
    output = [each for each in found if isinstance(each, OutputCaptured) and each.spec == row]
    assert ("out", "xxx\n") in {(each.stream, each.text) for each in output}


@JOBS
def test_specs_that_do_not_run_have_results(suite: Suite, jobs: str) -> None:
    suite.feature(
        """
        @broken
        Feature: f
          Scenario: a
            Given it passes
          Scenario: b
            Given it passes
        """
    )
    suite.feature(
        """
        @ordered
        Feature: g
          Scenario: c
            Given it fails
          Scenario: d
            Given it passes
        """,
        "g",
    )
    suite.hooks(
        """
        def before_tag(context, tag):
            if tag == "broken":
                raise OSError("no feature today")

        def after_all(context):
            raise OSError("no end today")
        """
    )
    ended = suite.run("-j", jobs)

    assert outcomes(suite) == {"a": "failed", "b": "failed", "c": "failed", "d": "skipped"}
    assert counted(ended, suite)
    (hook,) = (each for each in events(suite) if isinstance(each, HookFailed))
    assert (hook.file, hook.line, hook.name) == ("f.feature", 2, "f")
    assert "no feature today" in hook.error
    results = recorded(suite).results.values()
    assert [each.reason for each in results if each.reason] == [
        "a spec before it failed in an @ordered feature or rule"
    ]


@JOBS
def test_a_run_that_stops_early_has_a_result_for_each_spec(suite: Suite, jobs: str) -> None:
    suite.feature("\n".join(f"Scenario: s{n}\n  Given it fails" for n in range(6)))
    ended = suite.run("-j", jobs, "--stop")

    assert len(outcomes(suite)) == 6
    assert counted(ended, suite)


def test_a_lost_worker_is_published(suite: Suite) -> None:
    suite.feature(
        "Scenario: a\n  Given its process is killed by SIGKILL\nScenario: b\n  Given it passes"
    )
    ended = suite.run("-j", "2")

    assert outcomes(suite) == {"a": "failed", "b": "passed"}
    assert counted(ended, suite)
    (lost,) = (each for each in events(suite) if isinstance(each, WorkerLost))
    assert recorded(suite).planned[lost.spec].name == "a"
    assert "killed by SIGKILL" in lost.reason


def test_problems_outside_specs_are_published_at_once(suite: Suite) -> None:
    suite.feature("Scenario: a\n  Given it passes")
    suite.hooks("def before_all(context):\n    raise OSError('no run today')")
    ended = suite.run()
    found = events(suite)

    assert counted(ended, suite)
    messages = [each.message for each in found if isinstance(each, ProblemFound)]
    assert messages == ["the hook before_all failed"]
    assert isinstance(found[-1], RunEnded)
    assert list(found[-1].problems) == messages


@JOBS
def test_a_file_that_cannot_be_parsed_is_broken(suite: Suite, jobs: str) -> None:
    suite.feature("Scenario: a\n  Given it passes")
    suite.feature("Feature: broken\n  Scenario: b\n    Given it passes\n    Gibbon", "broken")
    ended = suite.run("-j", jobs)
    broken = [each for each in events(suite) if isinstance(each, FileBroken)]

    assert outcomes(suite) == {"a": "passed"}
    assert counted(ended, suite)
    assert [(each.file, each.line) for each in broken] == [("broken.feature", 4)]
    assert "Gibbon" in broken[0].error


@JOBS
def test_warnings_before_the_run_are_events(suite: Suite, jobs: str) -> None:
    suite.feature("Scenario: a\n  Given it passes\nScenario: nothing")
    ended = suite.run("-j", jobs)
    (warned,) = [each for each in events(suite) if isinstance(each, Warned)]

    assert (warned.file, warned.line) == ("f.feature", 4)
    assert f"Warning: f.feature:4: {warned.message}" in ended.err


@JOBS
def test_a_run_that_is_killed_leaves_readable_events(suite: Suite, jobs: str) -> None:
    suite.feature("Scenario: a\n  Given it passes\nScenario: b\n  Given it waits 600 s")
    process = suite.start("-j", jobs)
    suite.wait_for("b waits")
    suite.wait_for("after a")
    process.send_signal(signal.SIGKILL)
    suite.end(process)
    run = recorded(suite)

    assert run.ended is None
    assert "b" in {spec.name for spec in run.not_ended}
    assert {spec.name for spec in run.planned.values()} == {"a", "b"}
    assert "b" in {
        run.planned[each.spec].name for each in events(suite) if isinstance(each, SpecStarted)
    }


@JOBS
def test_events_that_cannot_be_written_fail_the_run_at_its_end(suite: Suite, jobs: str) -> None:
    suite.feature("Scenario: a\n  Given it passes\nScenario: b\n  Given it passes")
    (suite.folder / "artifacts").write_text("")
    ended = suite.run("-j", jobs)

    assert ended.code == 1
    assert ended.last_line == "2 passed, 0 failed, 0 skipped"
    assert ended.err.count("Warning: the run events are incomplete: ") == 1
    assert "choose another folder with the setting artifacts" in ended.out


def test_a_full_disk_leaves_the_events_before(suite: Suite) -> None:
    suite.feature("\n".join(f"Scenario: s{n}\n  Given it passes" for n in range(20)))
    previous = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (9000, previous[1]))
    try:
        # The limit, and that its signal is ignored, pass on to the process.
        process = suite.start()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, previous)
    ended = suite.end(process)
    run = recorded(suite)

    assert (ended.code, ended.last_line) == (1, "20 passed, 0 failed, 0 skipped")
    assert "the run events are incomplete: File too large" in ended.err
    assert len(run.planned) == 20
    assert 0 < len(run.not_ended) < 20


def test_a_dry_run_writes_nothing(suite: Suite) -> None:
    suite.feature("Scenario: a\n  Given it passes")
    suite.run("--dry-run")

    assert not (suite.folder / "artifacts").exists()


@JOBS
def test_hooks_get_the_folder_of_the_run(suite: Suite, jobs: str) -> None:
    suite.feature("Scenario: a\n  Given it passes\nScenario: b\n  Given it passes")
    suite.hooks(
        """
        def before_run(context):
            log(f"folder {context.run_folder}")

        def before_scenario(context, scenario):
            log(f"folder {context.run_folder}")
        """
    )
    ended = suite.run("-j", jobs, MAIDENHAIR_ARTIFACTS="results")
    (path,) = suite.folder.glob("results/*/events.jsonl")

    folders = [line for line in ended.log if line.startswith("folder ")]
    assert folders == [f"folder {path.parent}"] * 3
    assert read_run(path).started.run == path.parent.name


def test_rounds_are_separate(suite: Suite) -> None:
    suite.feature("Scenario: a\n  Given it passes 2 times, then fails")
    suite.run("-D", "maidenhair.until_it_fails=yes")
    run = recorded(suite)

    assert [each.outcome for each in run.results.values()] == ["failed"]
    planned = [each for each in events(suite) if isinstance(each, SpecPlanned)]
    assert len({each.spec for each in planned}) == 1
    assert len(planned) == 3


def test_equal_names_have_ids_of_their_own(suite: Suite) -> None:
    scenario = "Scenario: same\n  Given it passes\n"
    suite.feature(scenario * 3)
    suite.run()
    first = recorded(suite)
    suite.feature("# a comment moves the lines\n" + "Feature: f\n" + scenario * 3)
    for path in suite.folder.glob("artifacts/*/*"):
        path.unlink()
    suite.run("-j", "2")

    assert len(first.planned) == 3
    assert list(recorded(suite).planned) == list(first.planned)
