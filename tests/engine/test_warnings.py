"""Warnings before a run: tags that look like the engine's, missing steps, misspelt keywords, equal names."""

from __future__ import annotations

import pytest

from .conftest import Suite

FOREIGN_TAGS = """
    @timeout @slow-ish
    Scenario: a
      Given it passes
    @priority.high @timeout
    Scenario: b
      Given it passes
    @needs.docker @flaky @serial
    Scenario: c
      Given it passes
"""
SUSPICIOUS = """
    Scenario: misspelt
      Gibbon it passes
      Given it passes
    Scenario: empty
    Scenario: empty
      Given it passes
"""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_other_peoples_tags_are_ordinary_and_each_is_warned_of_once(
    suite: Suite, jobs: str
) -> None:
    suite.feature(FOREIGN_TAGS)
    ended = suite.run("-j", jobs)

    assert (ended.code, ended.last_line) == (0, "3 passed, 0 failed, 0 skipped")
    warnings = [line.split(" is an")[0] for line in ended.err.splitlines() if "Warning" in line]
    assert warnings == [
        "Warning: f.feature:2: @timeout",
        "Warning: f.feature:5: @priority.high",
        "Warning: f.feature:8: @needs.docker",
        "Warning: f.feature:8: @flaky",
    ]
    assert "The engine reads @timeout.T with T a number" in ended.err


def test_strict_tags_make_such_a_tag_an_error(suite: Suite) -> None:
    suite.feature(FOREIGN_TAGS)
    (suite.folder / "pyproject.toml").write_text("[tool.maidenhair]\nstrict_tags = true\n")
    ended = suite.run()

    assert (ended.code, ended.log) == (2, [])
    assert "f.feature:5: @priority.high is an ordinary tag" in ended.err


def test_suspicious_places_are_warned_of_with_file_and_line(suite: Suite) -> None:
    suite.feature(SUSPICIOUS)
    ended = suite.run()

    assert (ended.code, ended.last_line) == (0, "3 passed, 0 failed, 0 skipped")
    places = [line.split(" ", 2)[1:] for line in ended.err.splitlines() if "Warning" in line]
    assert [place for place, _ in places] == ["f.feature:3:", "f.feature:5:", "f.feature:6:"]
    texts = [text for _, text in places]
    assert texts[0].startswith('"Gibbon it passes" is read as a description.')
    assert texts[1].startswith('Scenario "empty" has no steps')
    assert texts[2].startswith('Scenario "empty" has the same name as the one in line 5')


def test_strict_makes_suspicious_places_errors_and_nothing_runs(suite: Suite) -> None:
    suite.feature(SUSPICIOUS)
    suite.hooks("def before_run(context):\n    log('before run')")
    ended = suite.command("run", "--strict")

    assert (ended.code, ended.log) == (2, [])
    for line in (3, 5, 6):
        assert f"f.feature:{line}: " in ended.err
