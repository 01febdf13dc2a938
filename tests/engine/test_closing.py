"""The closing lines of a run: failures, how to rerun them, flaky and slow specs, and the duration."""

from __future__ import annotations

import re
import shlex

import pytest
from hamcrest import assert_that, contains_inanyorder, has_item, has_items, matches_regexp, not_

from .conftest import Suite

SPECS = """
    Scenario: good
      Given it passes

    Scenario: bad
      Given it passes
      When it fails
      Then it passes

    Scenario: wrong
      Given it is made of nothing

    Scenario: flaky
      Given it fails 1 times, then passes
"""
HOOKS = """
    def before_scenario(context, scenario):
        scenario.artifacts = ["artifacts/" + scenario.name.split()[0]]
"""


def closing(out: str) -> list[str]:
    """Return the lines after those of formatters."""
    lines = out.splitlines()
    first = next(n for n, line in enumerate(lines) if re.match("failed: |slowest: |took ", line))
    return lines[first:]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_end_says_what_failed_and_how_to_rerun_it(suite: Suite, jobs: str) -> None:
    suite.feature(SPECS)
    suite.hooks(HOOKS)
    ended = suite.run(
        *("-j", jobs, "-D", "maidenhair.flake-attempts=2", "-D", "maidenhair.seed=7"),
        *("-f", "json", "-o", "r.json", "-f", "plain", "--no-snippets", "f.feature"),
    )
    lines = closing(ended.out)

    assert lines[:10] == [
        "failed: f.feature:5 bad",
        "    When it fails (f.feature:7)",
        "    as it should",
        "    artifacts: artifacts/bad",
        "failed: f.feature:10 wrong",
        "    Given it is made of nothing (f.feature:11)",
        "    The step is undefined.",
        "    artifacts: artifacts/wrong",
        f"rerun: maidenhair run -j {jobs} -D maidenhair.flake-attempts=2 -D maidenhair.seed=7 "
        "--no-snippets f.feature:5 f.feature:10",
        lines[9],
    ]
    assert_that(lines, has_item(matches_regexp(r"^slowest: \d+\.\d{3} s f.feature:2 good$")))
    assert_that(lines, has_item(matches_regexp(r"^took .* s for 1 feature, 4 specs, 6 steps$")))
    assert_that(lines, has_items("flaky: flaky: passed at attempt 2", "order: defined, seed 7"))
    assert lines[-1] == "2 passed, 2 failed, 0 skipped"
    assert "Took" not in ended.out
    assert "Failing scenarios" not in ended.out


def test_the_command_to_rerun_runs_what_failed_and_nothing_else(suite: Suite) -> None:
    suite.feature("Scenario: it's good\n  Given it passes\nScenario: bad\n  Given it fails")
    suite.feature("@slow\nFeature: g\n  Scenario: worse\n    Given it fails", "g")
    first = suite.command("run", "--tags=@slow or not @slow", "--junit", "-j2")
    (command,) = (line for line in first.out.splitlines() if line.startswith("rerun: "))
    second = suite.command(*shlex.split(command)[2:])

    assert first.last_line == "1 passed, 2 failed, 0 skipped"
    assert second.last_line == "0 passed, 2 failed, 1 skipped"


def test_after_many_failures_the_command_runs_what_failed_last(suite: Suite) -> None:
    suite.feature("\n".join(f"Scenario: s{n}\n  Given it fails" for n in range(7)))
    ended = suite.command("run", "f.feature", "--no-color")

    assert_that(
        ended.out.splitlines(),
        has_item("rerun: maidenhair run --no-color --rerun-failed f.feature"),
    )


def test_the_likely_cause_of_a_failed_wait_stands_with_the_failure(suite: Suite) -> None:
    suite.feature("Scenario: waits\n  Given nothing comes, and it says why")
    (suite.folder / "steps" / "more.py").write_text(
        "from behave import given\n\n\n@given('nothing comes, and it says why')\n"
        "def nothing(context):\n"
        "    from maidenhair.waiting import eventually\n"
        "    eventually(lambda: 1, 2, within=0.1, explain=lambda: 'the moon is full')\n"
    )
    ended = suite.run("-f", "progress")

    assert_that(closing(ended.out), has_item("    Likely cause: the moon is full"))


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_flaky_spec_fails_the_run_only_on_request(suite: Suite, jobs: str) -> None:
    suite.feature("Scenario: a\n  Given it fails 1 times, then passes")
    suite.feature("Scenario: b\n  Given it fails 1 times, then passes", "g")
    options = ("run", "-j", jobs, "--flake-attempts", "2")
    free = suite.command(*options, "f.feature")
    strict = suite.command(*options, "--fail-on-flaky", "g.feature")

    assert (free.code, free.last_line) == (0, "1 passed, 0 failed, 0 skipped")
    assert (strict.code, strict.last_line) == (1, "1 passed, 0 failed, 0 skipped")
    assert_that(
        strict.out.splitlines(),
        has_item("error outside the specs: 1 flaky spec, and fail_on_flaky is set"),
    )


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_hook_that_fails_is_no_user_who_aborts(suite: Suite, jobs: str) -> None:
    suite.feature("Scenario: a\n  Given it passes")
    suite.hooks("def before_all(context):\n    raise OSError('no disk')")
    ended = suite.run("-j", jobs)

    assert ended.code == 1
    assert "By user" not in ended.out
    assert "error outside the specs: the hook before_all failed" in ended.out


def test_without_a_summary_only_the_closing_line_is_left(suite: Suite) -> None:
    suite.feature("Scenario: a\n  Given it fails")
    lines = suite.run("--no-summary", "-f", "progress").out.splitlines()

    assert_that(lines, not_(has_item(matches_regexp("^(failed|rerun|slowest|took)"))))
    assert lines[-1] == "0 passed, 1 failed, 0 skipped"


def test_a_file_that_cannot_encode_a_name_has_it_escaped(suite: Suite) -> None:
    suite.feature('Scenario: Größe 試験\n  Given it logs "試験"\n  And it fails')
    for jobs in ("1", "2"):
        ended = suite.run(
            *("-j", jobs, "-f", "plain", "-f", "plain", "-o", "plain.txt"),
            PYTHONIOENCODING="ascii",
            LC_ALL="C",
        )

        assert ended.last_line == "0 passed, 1 failed, 0 skipped", ended.out + ended.err
        assert "Scenario: Gr\\xf6\\xdfe \\u8a66\\u9a13" in ended.out
        assert (suite.folder / "plain.txt").exists()


def test_the_help_is_that_of_the_command(suite: Suite) -> None:
    shown = suite.command("run", "--help")
    wrong = suite.command("run", "--ordr", "x")
    groups = re.findall(r"^([\w' ]+):$", shown.out, re.MULTILINE)

    assert shown.code == 0
    assert shown.out.startswith(
        "usage: maidenhair run [options] [DIRECTORY|FILE|FILE:LINE|AT_FILE]*"
    )
    assert "\n  behave " not in shown.out
    assert groups.index("options of runs") < groups.index("options of behave")
    assert_that(groups, contains_inanyorder(*set(groups)))
    assert wrong.err.startswith("usage: maidenhair run [options]")
