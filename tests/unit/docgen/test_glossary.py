"""The glossary is generated from data; docs and help texts use one word per thing, and their links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from behave.parser import parse_file

from maidenhair.docgen.glossary import glossary_page, read_glossary
from maidenhair.errors import ConfigurationError
from tests.project import ROOT
from tests.prose import help_texts, pages

TERMS = read_glossary(ROOT / "docs/glossary.toml")
GENERATED_FROM_FEATURES = {"specifications.md", "devices-coverage.md"}
PAGES = {
    name: text
    for name, text in pages().items()
    if name.rpartition("/")[2] not in GENERATED_FROM_FEATURES
}
OTHER_WORDS = {word: term.name for term in TERMS for word in term.other}
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")


def other_words(text: str) -> list[str]:
    """Return the words of a text that the glossary has another word for. Code in backquotes does not count."""
    prose = re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)", "", text, flags=re.DOTALL)
    return [
        f"{word}: write {name}"
        for word, name in OTHER_WORDS.items()
        if re.search(rf"(?i)\b{re.escape(word)}\b", prose)
    ]


def prose_of(file: Path) -> str:
    """Return a feature without its steps, tables and tags: the titles and the description."""
    feature = parse_file(str(file))
    titles = [each.name for each in feature.walk_scenarios(with_outlines=True)]
    return "\n".join([feature.name, *feature.description, *titles])


def anchors(page: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"(?m)^#+ (.+)$", page)
    return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}


def test_the_page_is_generated_from_the_data() -> None:
    assert (ROOT / "docs/glossary.md").read_text() == glossary_page(TERMS), "run `make docs`"


def test_no_term_is_another_terms_other_word() -> None:
    assert set(OTHER_WORDS) & {each.name for each in TERMS} == set()
    assert len({each.name for each in TERMS}) == len(TERMS)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_uses_one_word_per_thing(page: str) -> None:
    if page != "docs/glossary.md":
        assert other_words(PAGES[page]) == []


def test_help_texts_use_one_word_per_thing() -> None:
    found = {name: other_words(text) for name, text in help_texts().items()}
    assert {name: words for name, words in found.items() if words} == {}


def test_features_use_one_word_per_thing() -> None:
    found = {
        str(file.relative_to(ROOT)): other_words(prose_of(file))
        for file in sorted((ROOT / "features").rglob("*.feature"))
    }
    assert {name: words for name, words in found.items() if words} == {}


def test_another_word_is_found() -> None:
    assert other_words("Two Test cases, and `orphan`") == ["test cases: write spec"]


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files_and_headings_that_exist(page: str) -> None:
    for target, anchor in LINK.findall(PAGES[page]):
        file = (ROOT / page).parent / target if target else ROOT / page
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file.read_text()), f"{target}#{anchor}"


def test_every_term_is_linked_from_a_page() -> None:
    linked = {
        anchor
        for text in PAGES.values()
        for target, anchor in LINK.findall(text)
        if target.endswith("glossary.md") and anchor
    }
    assert {each.name.replace(" ", "-") for each in TERMS} - linked == set()


@pytest.mark.parametrize("text", ["term = ", "[[term]]\nname = 'run'", ""])
def test_a_file_that_is_no_glossary_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "glossary.toml").write_text(text)

    with pytest.raises(ConfigurationError, match=r"glossary\.toml: .*\[\[term\]\]"):
        read_glossary(tmp_path / "glossary.toml")
