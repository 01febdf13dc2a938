"""The page on writing a system shows the guest project as it is, and commands that a test runs; README its failure."""

from __future__ import annotations

import re
import textwrap

import pytest

from tests.project import ROOT

PAGE = (ROOT / "docs/writing-a-system.md").read_text()
GUEST = ROOT / "tests/guests/minimal"
FILES = re.findall(r"(?ms)^`([a-z_./]+)`[^\n]*\n```\w+\n(.*?)^```", PAGE)
TESTS = "".join(
    (ROOT / "tests/wheel" / name).read_text() for name in ("test_guest.py", "machine.py")
)


@pytest.mark.parametrize(("name", "shown"), FILES, ids=[name for name, _ in FILES])
def test_the_page_shows_the_files_as_they_are(name: str, shown: str) -> None:
    assert shown == (GUEST / name).read_text()


def test_the_page_shows_every_file() -> None:
    kinds = (".feature", ".py", ".toml", ".yaml")
    files = {each.relative_to(GUEST) for each in GUEST.rglob("*") if each.suffix in kinds}
    assert {name for name, _ in FILES} == {
        str(each) for each in files if each.parts[0] != "artifacts"
    }


def test_the_page_shows_commands_that_a_test_runs() -> None:
    commands = re.findall(r"(?m)^\$ (.+)$", PAGE)
    assert commands != []
    assert [command for command in commands if f'"{command}"' not in TESTS] == []


def test_the_readme_shows_the_failing_scenario_and_its_failure() -> None:
    readme = (ROOT / "README.md").read_text()
    [scenario] = re.findall(r"(?ms)^```gherkin\n(.*?)^```", readme)
    [failure] = re.findall(r"(?ms)^```text\n(.*?)^```", readme)
    [of_page] = re.findall(r"(?ms)^```text\n(.*?)^```", PAGE)
    assert textwrap.indent(scenario, "  ") in (GUEST / "features/red.feature").read_text()
    assert failure == of_page
