"""The faults that the check of prose finds, and the text that it leaves alone."""

from __future__ import annotations

import pytest
from proselint.checks import __register__

from tests.prose import OFF, findings, help_texts, pages, texts, without_code


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("This test is very unique.", "uncomparables"),
        ("Wait until the the pod runs.", "lexical_illusions"),
        ("Pods run.    Nodes stay.", "typography"),
    ],
)
def test_a_fault_is_found_at_its_place(text: str, check: str) -> None:
    found = findings("page.md", without_code(f"# Title\n\n{text}\n"))

    assert f": {check}" in "\n".join(found)
    assert [each for each in found if not each.startswith("page.md:3:")] == []


@pytest.mark.parametrize(
    "text",
    [
        "# Engine\n\nEngine rooms are below.",
        "Write `very unique` there.",
        "```\nthe the\n```\n",
        "Read [this page](the-the/the-the.md).",
    ],
    ids=["heading", "code", "block", "link"],
)
def test_code_links_and_headings_are_no_prose(text: str) -> None:
    assert findings("page.md", without_code(text)) == []


def test_the_prose_has_no_faults() -> None:
    assert [each for name, text in texts().items() for each in findings(name, text)] == []


def test_pages_and_help_are_checked() -> None:
    assert {"README.md", "CONTRIBUTING.md", "docs/glossary.md"} <= pages().keys()
    assert {"command maidenhair run", "setting provider"} <= help_texts().keys()
    assert texts().keys() == pages().keys() | help_texts().keys()


@pytest.mark.parametrize("name", OFF)
def test_a_check_that_is_off_exists(name: str) -> None:
    assert any(each.matches_partial(name) for each in __register__)
