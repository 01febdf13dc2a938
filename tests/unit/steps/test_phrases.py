"""The fields and the tables of phrases for objects of any kind."""

from __future__ import annotations

import pytest
from behave.matchers import ParseMatcher

from maidenhair.steps.accounts import rule_of
from maidenhair.steps.kubectl import has_cells
from maidenhair.steps.names import parse_objects

ONE = 'Service "web" exists'
SEVERAL = 'the labels of Service "web", Route "web" and pod "web-0" include'


def matches(phrase: str, text: str) -> bool:
    return ParseMatcher(lambda context: None, phrase).check_match(text) is not None


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ('{kind:Kind} "{name}" exists', ONE, True),
        ('{kind:Kind} "{name}" exists', 'pod "web" exists', True),
        ('{kind:Kind} "{name}" exists', 'service "web" exists', False),
        ("the labels of {objects:Objects} include", SEVERAL, True),
        ("the labels of {objects:Objects} include", 'the labels of Service "web" include', True),
        ("the labels of {objects:Objects} include", "the labels of a Service include", False),
    ],
)
def test_kinds_are_written_as_kubernetes_spells_them(phrase: str, text: str, found: bool) -> None:
    assert matches(phrase, text) is found


def test_objects_are_read_as_pairs() -> None:
    assert parse_objects('Service "web" and pod "web-0"') == [("Service", "web"), ("Pod", "web-0")]


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"NAME": "web", "STATE": "", "AGE": "3m"}, True),
        ({"NAME": "web", "STATE": "", "AGE": "<invalid>"}, False),
        ({"NAME": "web", "STATE": "", "AGE": ""}, False),
        ({"NAME": "web", "STATE": "Ready", "AGE": "3m"}, False),
    ],
)
def test_a_star_stands_for_a_text_that_kubectl_knows(row: dict[str, str], found: bool) -> None:
    assert has_cells({"NAME": "web", "STATE": "", "AGE": "*"}).matches(row) is found


def test_permissions_are_read_as_rules_of_a_role() -> None:
    cells = {"verbs": "get, list", "resources": "deployments.apps", "name": ""}
    rule = {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list"]}

    assert rule_of(cells) == rule
    assert rule_of({**cells, "name": "web"}) == {**rule, "resourceNames": ["web"]}
    assert rule_of({"verbs": "list", "resources": "events"})["apiGroups"] == [""]
