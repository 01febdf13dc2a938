"""Each statement of the contract has scenarios, and each scenario has a statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from maidenhair.docgen.traceability import (
    Part,
    Statement,
    read_contract,
    read_scenarios,
    specifications_page,
)
from maidenhair.errors import ConfigurationError

PROJECT = Path(__file__).resolve().parents[3]
PARTS = read_contract(PROJECT / "docs/contract")
SCENARIOS = read_scenarios(PROJECT / "features")
FEATURE = """
Feature: tea
  Scenario: a cup
    Given it is hot

  Rule: of pots
    Scenario Outline: a pot of <what>
      Given <what>
      Examples:
        | what |
        | tea  |
"""
STATEMENT = """
title = "Tea"

[[statement]]
says = "Tea is hot | always."
shown_by = ["kitchen/tea.feature: a cup"]
"""


def test_every_statement_is_shown_and_every_scenario_shows_one() -> None:
    assert PARTS
    assert unmapped(PARTS, SCENARIOS) == []


def test_the_page_is_as_the_contract_and_the_features_are() -> None:
    page = (PROJECT / "docs/specifications.md").read_text()

    assert page == specifications_page(PARTS, SCENARIOS), "run `make docs`"


def test_scenarios_are_known_by_file_and_title_and_outlines_once(tmp_path: Path) -> None:
    (tmp_path / "kitchen").mkdir()
    (tmp_path / "kitchen/tea.feature").write_text(FEATURE)

    assert read_scenarios(tmp_path) == {
        "kitchen/tea.feature: a cup": 3,
        "kitchen/tea.feature: a pot of <what>": 7,
    }


def test_statements_and_scenarios_that_do_not_match_are_reported() -> None:
    parts = [Part("Tea", (Statement("Tea is hot.", ("a: cup",)), Statement("Tea is green.", ())))]

    assert unmapped(parts, {"b: pot": 1}) == [
        "no scenario is named that shows: Tea is green.",
        "there is no scenario 'a: cup'",
        "no statement names the scenario 'b: pot'",
    ]


def test_the_page_links_the_scenarios_of_a_statement(tmp_path: Path) -> None:
    (tmp_path / "tea.toml").write_text(STATEMENT)
    page = specifications_page(read_contract(tmp_path), {"kitchen/tea.feature: a cup": 3})

    assert "1 statements, 1 scenarios" in page
    assert "## Tea" in page
    assert r"| Tea is hot \| always. | [a cup](../features/kitchen/tea.feature) |" in page


@pytest.mark.parametrize(
    "text",
    [
        "title = ",
        "title = 'Tea'",
        "title = 'Tea'\n[[statement]]\nsays = 'Tea is hot.'",
        STATEMENT.replace("title", "name"),
    ],
    ids=["no TOML", "no statements", "nothing that shows it", "no title"],
)
def test_a_file_that_is_no_part_of_a_contract_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "tea.toml").write_text(text)

    with pytest.raises(ConfigurationError, match=r"tea\.toml: .*\[\[statement\]\] tables"):
        read_contract(tmp_path)


def unmapped(parts: Sequence[Part], scenarios: Mapping[str, int]) -> list[str]:
    """Return the faults of contract and features: statements without scenarios, and scenarios without a statement."""
    named = {name for part in parts for each in part.statements for name in each.shown_by}
    statements = [each for part in parts for each in part.statements if not each.shown_by]
    return [
        *(f"no scenario is named that shows: {each.says}" for each in statements),
        *(f"there is no scenario {name!r}" for name in sorted(named - set(scenarios))),
        *(f"no statement names the scenario {name!r}" for name in sorted(set(scenarios) - named)),
    ]
