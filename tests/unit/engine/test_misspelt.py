"""Lines of descriptions that look like steps or headings."""

from __future__ import annotations

from pathlib import Path

import pytest
from behave.parser import parse_feature

from maidenhair.engine.planning.misspelt import swallowed_lines

PROSE = """Feature: Pods
  As a user
  I want pods
  Rules:
  Note: The pod runs.

  Background:
    A pod needs a node
    Given a node

  Scenario: Creation
    The pod is created before its volume
    What matters is the order.

    Given a pod
    Then it runs
"""


def found(folder: Path, text: str, *steps: str) -> list[tuple[int, str]]:
    path = folder / "f.feature"
    path.write_text(text)
    feature = parse_feature(text, filename=str(path))
    return list(swallowed_lines(feature, lambda each: each in steps))


@pytest.mark.parametrize(
    ("line", "keyword"),
    [
        ("Gibbon it passes", "Given"),
        ("Givne it passes", "Given"),
        ("Given: it passes", "Given"),
        ("Whne it passes", "When"),
        ("Tehn it passes", "Then"),
        ("Adn it passes", "And"),
        ("Butt it passes", "But"),
    ],
)
def test_a_misspelt_keyword_before_the_first_step_is_found(
    tmp_path: Path, line: str, keyword: str
) -> None:
    text = f"Feature: f\n\n  # note\n  Scenario: s\n\n    # note\n    {line}\n    Given x\n"
    problem = f'"{line}" is read as a description. If it is a step, its keyword is misspelt: write {keyword}'

    assert found(tmp_path, text) == [(7, problem)]


def test_a_line_whose_rest_is_a_step_is_found(tmp_path: Path) -> None:
    text = "Feature: f\n  Scenario: s\n    Suppose it passes.\n    More\n    Given x\n"
    ((line, problem),) = found(tmp_path, text, "it passes.")

    assert line == 3
    assert "A step function exists for the text after Suppose" in problem


@pytest.mark.parametrize(
    ("text", "line", "heading"),
    [
        ("Feature: f\n  Scenari: s\n    Given x\n", 2, "Scenario:"),
        ("Feature: f\n  Scenario: s\n    text\n  Scenrio: t\n    Given x\n", 4, "Scenario:"),
        ("Feature: f\n  Backgound:\n    Given x\n  Scenario: s\n    Given y\n", 2, "Background:"),
        ("# language: de\nFunktionalität: f\n  Szenaro: s\n    Angenommen x\n", 3, "Szenario:"),
    ],
)
def test_a_misspelt_heading_is_found(tmp_path: Path, text: str, line: int, heading: str) -> None:
    ((number, problem),) = found(tmp_path, text)

    assert number == line
    assert problem.endswith(f"If it is a heading, its keyword is misspelt: write {heading}")


def test_keywords_of_another_language_are_compared(tmp_path: Path) -> None:
    text = "# language: de\nFunktionalität: f\n  Szenario: s\n    Angenomen x\n    Dann y\n"

    assert [line for line, _ in found(tmp_path, text)] == [4]


def test_prose_is_no_step(tmp_path: Path) -> None:
    assert found(tmp_path, PROSE) == []
