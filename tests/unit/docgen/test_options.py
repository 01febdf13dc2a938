"""The page of settings, and the help of commands: all of it comes from the declarations."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from maidenhair.cli.main import cli
from maidenhair.config.cluster import ClusterSettings
from maidenhair.config.engine import ENGINE
from maidenhair.config.loading import sections
from maidenhair.docgen.options import SYSTEMS, options_page

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "options.md"


def test_the_page_is_what_the_declarations_give() -> None:
    assert PAGE.read_text() == options_page(SYSTEMS), "run `make docs`"


def test_each_setting_has_an_anchor_of_its_own() -> None:
    names = [
        each.name for section in (ENGINE, *sections(SYSTEMS)) for each in section.settings.values()
    ]
    anchors = re.findall(r"^### (\S+)$", PAGE.read_text(), re.MULTILINE)
    assert sorted(anchors) == sorted(set(names))
    assert {"jobs", "nodes", "keep_on_failure", "skytorch_operator"} <= set(anchors)


@pytest.mark.parametrize("section", [ENGINE, *sections(SYSTEMS)], ids=lambda each: each.system)
def test_each_declaration_is_whole(section: object) -> None:
    for each in section.settings.values():  # type: ignore[attr-defined]
        assert each.help.endswith("."), f"{each.name}: a sentence is missing"
        assert each.values
        assert each.flags[-1].startswith("--")


@pytest.mark.parametrize("command", [["cluster", "up"], ["setup"], ["doctor"], ["sweep"]])
def test_commands_on_a_cluster_show_each_of_its_settings(command: list[str]) -> None:
    shown = CliRunner().invoke(cli, [*command, "--help"]).output
    for name in ClusterSettings.model_fields:
        assert f"--{name.replace('_', '-')}" in shown
    assert "--name" in shown
