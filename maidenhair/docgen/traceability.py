"""The table of what a contract says and which scenarios show it: docs/specifications.md, made from docs/contract/."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from behave.model import Scenario
from behave.parser import parse_file

from maidenhair.errors import ConfigurationError

CONTRACT = Path("docs/contract")
FEATURES = Path("features")


@dataclass(frozen=True)
class Statement:
    """What a contract says.

    Attributes:
        says: the statement, a sentence.
        shown_by: the scenarios that show it, as "<file below features>: <title>", an outline's as it is written.
    """

    says: str
    shown_by: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """Statements about one subject, from one file of the contract's folder."""

    title: str
    statements: tuple[Statement, ...]


def read_contract(folder: Path = CONTRACT) -> list[Part]:
    """Return the parts of the contract, in the order of their files.

    Raises:
        ConfigurationError: a file is no TOML, or has something else than statements; the text names it.
    """
    return [_part(file) for file in sorted(folder.glob("*.toml"))]


def read_scenarios(folder: Path = FEATURES) -> dict[str, int]:
    """Return all scenarios below a folder, named as in statements, with their lines."""
    found = {}
    for file in sorted(folder.rglob("*.feature")):
        for scenario in parse_file(str(file)).walk_scenarios(with_outlines=True):
            # An outline also gives the scenarios of its rows.
            if not (type(scenario) is Scenario and scenario._row is not None):
                found[f"{file.relative_to(folder)}: {scenario.name}"] = scenario.line
    return found


def specifications_page(parts: Sequence[Part], scenarios: Mapping[str, int]) -> str:
    """Return docs/specifications.md."""
    statements = sum(len(part.statements) for part in parts)
    lines = [
        "# Specifications",
        "",
        "What the contracts of SkyTorch and HAMi say, and the scenarios that show it. Made by `make docs` from",
        "[contract/](contract/) and [features/](../features/).",
        "",
        f"{statements} statements, {len(scenarios)} scenarios; outlines are counted once.",
    ]
    for part in parts:
        lines += ["", f"## {part.title}", "", "| the contract says | shown by |", "|---|---|"]
        lines += [f"| {_cell(each.says)} | {_links(each)} |" for each in part.statements]
    return "\n".join([*lines, ""])


def _part(file: Path) -> Part:
    try:
        content = tomllib.loads(file.read_text())
        statements = tuple(
            Statement(str(each["says"]), tuple(each["shown_by"])) for each in content["statement"]
        )
        return Part(str(content["title"]), statements)
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"{file}: {type(error).__name__}: {error}; it takes a title, and [[statement]] tables with `says` and "
            "`shown_by`"
        ) from error


def _links(statement: Statement) -> str:
    return "<br>".join(_linked(statement.shown_by))


def _linked(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        file, _, title = name.partition(": ")
        yield f"[{_cell(title)}](../features/{file})"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace(">", "&gt;")


if __name__ == "__main__":
    print(specifications_page(read_contract(), read_scenarios()), end="")
