"""The example of docs/devices.md that adds a vendor by one data file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from maidenhair.systems.devices import load_profile
from maidenhair.systems.devices.plugin.offer import Offer
from maidenhair.systems.devices.real.plugin_state import PluginState, from_data, to_data

PAGE = (Path(__file__).resolve().parents[4] / "docs" / "devices.md").read_text()


def block(language: str) -> str:
    [found] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.S)
    return str(found)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "acme.toml"
    path.write_text(block("toml"))
    return path


def test_the_program_prints_what_the_page_says(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(compile(block("python"), "docs/devices.md", "exec"), {})

    [printed] = re.findall(r"^prints `(.*?)`", PAGE, re.M)
    assert capsys.readouterr().out.strip() == printed


def test_the_vendor_reaches_a_plugin_that_does_not_know_it(file: Path) -> None:
    data = to_data("acme", load_profile(file).text, PluginState(2))

    profile, state = from_data(data)

    assert profile == load_profile(file)
    assert [unit.id.split("-")[0] for unit in Offer(profile, state, "node-1").units] == ["ACME"] * 2
