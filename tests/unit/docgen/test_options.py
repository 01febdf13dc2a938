"""The page of settings comes from their declarations."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from maidenhair.config.declaration import Section
from maidenhair.config.engine import ENGINE
from maidenhair.config.loading import active_systems, sections
from maidenhair.docgen.options import options_page
from maidenhair.systems.registry import load_systems, settings_of

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "reference" / "options.md"
SYSTEMS = settings_of(load_systems(active_systems({}, {}, ROOT / "pyproject.toml")))


def test_the_page_is_generated_from_the_declarations() -> None:
    assert PAGE.read_text() == options_page(SYSTEMS), "run `make docs`"


def test_each_setting_has_an_anchor_of_its_own() -> None:
    names = [
        each.name for section in (ENGINE, *sections(SYSTEMS)) for each in section.settings.values()
    ]
    anchors = re.findall(r"^### (\S+)$", PAGE.read_text(), re.MULTILINE)
    assert sorted(anchors) == sorted(set(names))
    assert {"jobs", "nodes", "keep_on_failure", "skytorch_operator"} <= set(anchors)


@pytest.mark.parametrize("section", [ENGINE, *sections(SYSTEMS)], ids=lambda each: each.system)
def test_each_declaration_is_whole(section: Section) -> None:
    for each in section.settings.values():
        assert each.help.endswith("."), f"{each.name}: a sentence is missing"
        assert each.values
        assert each.flags[-1].startswith("--")
