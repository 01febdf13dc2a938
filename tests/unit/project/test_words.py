"""The list of words that the project does not use, as `make lint` applies it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.project import ROOT

FOLDER = ROOT / "tests/unit/project"
WORDS = dict(line.split("->") for line in (FOLDER / "words.txt").read_text().splitlines())
SKIPPED = tomllib.loads((FOLDER / "words.toml").read_text())["tool"]["codespell"]["skip"]


def findings(path: Path, text: str) -> list[str]:
    """Return the findings of codespell in a file with this text."""
    path.write_text(text)
    command = [sys.executable, "-m", "codespell_lib", "--toml", str(FOLDER / "words.toml")]
    done = subprocess.run([*command, str(path)], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr == ""
    return [line.removeprefix(f"{path}:") for line in done.stdout.splitlines()]


@pytest.mark.parametrize("word", WORDS)
def test_a_word_of_the_list_is_found_with_what_to_write_instead(word: str, tmp_path: Path) -> None:
    written = re.sub(r'"""\w', lambda start: start[0].upper(), word)
    [found] = findings(tmp_path / "module.py", f"plain\n{written} is here.\n")
    assert found == f"2: {written} ==> {WORDS[word].removesuffix(',')}"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("def _told(self) -> None:\n    pass\n", 1),
        ("class KeptPod:\n    pass\n", 1),
        ("# Whoever comes in.\n", 1),
        ('def act() -> None:\n    """Who acts."""\n', 1),
        ("from behave import given, then, when\n", 0),
        ("# A feature may begin with `Given a node`.\n", 0),
        ("# The name that is given.\n", 1),
        ('@then("the program is told")\ndef is_reported(context):\n', 0),
        ('"""Say what whoopers keep."""\n', 0),
    ],
    ids=[
        "part of a name",
        "part of a class",
        "capital",
        "docstring",
        "behave",
        "Gherkin",
        "prose",
        "phrase",
        "others",
    ],
)
def test_words_are_found_in_names_and_prose_alone(text: str, count: int, tmp_path: Path) -> None:
    assert len(findings(tmp_path / "module.py", text)) == count


@pytest.mark.parametrize("place", SKIPPED.split())
def test_a_place_that_is_left_out_exists(place: str) -> None:
    assert (ROOT / place.removesuffix(",")).exists()
