"""The page that maps the promises of SkyTorch's own end-to-end tests: each scenario and folder that it names exists."""

from __future__ import annotations

import re

from maidenhair.docgen.traceability import read_scenarios
from tests.project import ROOT

PAGE = (ROOT / "docs" / "upstream-tests.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (.+?) \| (.+) \|$", PAGE, flags=re.MULTILINE)


def test_the_scenarios_of_the_page_exist() -> None:
    named = re.findall(r'"(\w+/\w+\.feature: .+?)"(?=[; |]|$)', PAGE)
    assert len(named) > 20
    assert set(named) - set(read_scenarios(ROOT / "features")) == set()


def test_the_lines_and_folders_of_features_on_the_page_exist() -> None:
    for path, line in re.findall(r"(features/[\w/.]+)(?::(\d+))?", PAGE):
        assert (ROOT / path).exists(), path
        if line:
            assert "Scenario: " in (ROOT / path).read_text().splitlines()[int(line) - 1]


def test_every_promise_has_an_answer() -> None:
    promises = [answer for promise, answer in ROWS if not set(promise) <= {"-"}]
    assert len(promises) > 30
    assert all(re.search(r"`|\"|\]\(", answer) or answer == "here" for answer in promises)
