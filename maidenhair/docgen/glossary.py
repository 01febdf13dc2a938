"""The glossary: docs/glossary.md, made from docs/glossary.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from maidenhair.errors import ConfigurationError

GLOSSARY = Path("docs/glossary.toml")


@dataclass(frozen=True)
class Term:
    """A word of the glossary.

    Attributes:
        name: the word, as the docs write it.
        meaning: its explanation, in one or two sentences.
        other: words for the same thing, which the docs do not use.
    """

    name: str
    meaning: str
    other: tuple[str, ...] = ()


def read_glossary(file: Path = GLOSSARY) -> list[Term]:
    """Read the terms of the glossary, in alphabetical order.

    Raises:
        ConfigurationError: the file is not valid TOML, or a term lacks its name or its meaning.
    """
    try:
        terms = [
            Term(str(each["name"]), str(each["meaning"]), tuple(each.get("other", ())))
            for each in tomllib.loads(file.read_text())["term"]
        ]
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"{file}: {type(error).__name__}: {error}; write [[term]] tables with `name` and `meaning`"
        ) from error
    return sorted(terms, key=lambda each: each.name)


def glossary_page(terms: Sequence[Term]) -> str:
    """Return the content of docs/glossary.md."""
    lines = ["# Glossary", "", "Generated from [glossary.toml](glossary.toml) by `make docs`."]
    for each in terms:
        lines += ["", f"## {each.name}", "", each.meaning]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    print(glossary_page(read_glossary()), end="")
