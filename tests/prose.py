"""Check the prose of the README, the docs and the help texts with proselint. `make lint` runs it.

proselint reads plain text. This module therefore hides the code and the links of Markdown, and adds the help of
commands and settings, which are not in files.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from itertools import count

import click
from proselint.checks import __register__
from proselint.config import DEFAULT, Config
from proselint.registry import CheckRegistry
from proselint.tools import LintFile

from maidenhair.cli.main import cli
from maidenhair.config.engine import ENGINE
from maidenhair.config.loading import active_systems, sections
from maidenhair.systems.registry import load_systems, settings_of
from tests.project import ROOT, subcommands

# proselint checks everything but this. The more special name has to come first.
OFF = {
    # Straight quotes are what people type in code and tables, and what Gherkin needs.
    "typography.symbols.curly_quotes": False,
    # It takes "resume" for a document about a person.
    "typography.diacritical_marks": False,
    # Kubernetes has the field "allocatable".
    "spelling.able_atable": False,
    # It takes the vendor Enflame for a verb.
    "spelling.em_im_en_in": False,
}
CONFIG: Config = {"max_errors": 1000, "checks": {**OFF, **DEFAULT["checks"]}}

PAGES = ("README.md", "CONTRIBUTING.md", "docs/**/*.md", "*/**/README.md")
CODE = re.compile(r"```.*?```|`[^`]*`|\]\([^)]*\)|^(?: {4}|\t)[^\n]*$", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^(#+ .*)$", re.MULTILINE)


def main() -> int:
    """Print what proselint finds, and return the exit status: 1 if it finds anything."""
    found = [each for name, text in texts().items() for each in findings(name, text)]
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


def texts() -> dict[str, str]:
    """Return the prose that users read: pages by their paths, and help texts by what they are about."""
    return {name: without_code(text) for name, text in pages().items()} | help_texts()


def pages() -> dict[str, str]:
    """Return the pages of documentation, by their paths in the repository."""
    return {
        str(page.relative_to(ROOT)): page.read_text()
        for pattern in PAGES
        for page in sorted(ROOT.glob(pattern))
        if ".venv" not in page.parts
    }


def help_texts() -> dict[str, str]:
    """Return the help of every setting and every command."""
    systems = settings_of(load_systems(active_systems({}, {}, ROOT / "pyproject.toml")))
    settings = {
        f"setting {each.name}": each.help
        for section in (ENGINE, *sections(systems))
        for each in section.settings.values()
    }
    return settings | dict(_commands(cli, "maidenhair"))


def findings(name: str, text: str, config: Config = CONFIG) -> list[str]:
    """Return what proselint finds in a text, one line for each finding: place, check and advice."""
    _register()
    found = []
    # LintFile reads an empty text from a file.
    for result in LintFile(name, text or " ").lint(config):
        line, column = result.pos
        check = result.check_result
        found.append(f"{name}:{line}:{column}: {check.check_path}: {check.message}")
    return found


def without_code(text: str) -> str:
    """Hide code and the targets of links behind numbers, and end headings with a full stop. Lines stay the same."""
    numbers = count()
    hidden = CODE.sub(lambda code: re.sub(r"\S+", lambda _: f"c{next(numbers)}", code[0]), text)
    return HEADING.sub(r"\1.", hidden)


def _commands(command: click.Command, name: str) -> Iterator[tuple[str, str]]:
    options = [each.help or "" for each in command.params if isinstance(each, click.Option)]
    yield f"command {name}", "\n".join([command.help or "", *options])
    if isinstance(command, click.Group):
        for each, below in subcommands(command).items():
            yield from _commands(below, f"{name} {each}")


def _register() -> None:
    registry = CheckRegistry()
    if not registry.checks:
        registry.register_many(__register__)


if __name__ == "__main__":
    sys.exit(main())
