"""The page of causes comes from the rules and from examples of each."""

from __future__ import annotations

import pytest

from maidenhair.docgen.cause_examples import read_examples
from maidenhair.docgen.causes import causes_page, knowledge_of_systems, rule_name, rules_of
from maidenhair.errors import ConfigurationError
from maidenhair.kube.diagnosis.causes.jobs import suspended
from maidenhair.kube.diagnosis.knowledge import NO_KNOWLEDGE
from tests.project import ROOT

KNOWN = knowledge_of_systems()
EXAMPLES = read_examples(ROOT / "docs/causes")
PAGE = (ROOT / "docs/causes.md").read_text()


def test_the_page_is_what_the_rules_give() -> None:
    assert causes_page(rules_of(KNOWN), KNOWN, EXAMPLES) == PAGE, "run `make docs`"


def test_the_rules_of_systems_are_on_the_page() -> None:
    assert "Compute shop/trainer is suspended" in PAGE


def test_a_rule_without_an_example_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"the rule jobs.suspended has no example"):
        causes_page([(rule_name(suspended), suspended)], NO_KNOWLEDGE, [])


def test_an_example_in_which_the_rule_finds_nothing_is_refused() -> None:
    example = next(each for each in EXAMPLES if each.rule == "jobs.bad_schedule")
    with pytest.raises(ConfigurationError, match="finds no cause in its example"):
        causes_page([("jobs.bad_schedule", suspended)], NO_KNOWLEDGE, [example])


def test_an_example_without_a_rule_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="there is no rule"):
        causes_page([], NO_KNOWLEDGE, EXAMPLES)
