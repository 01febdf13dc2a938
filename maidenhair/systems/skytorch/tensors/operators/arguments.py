"""Arguments of operators in plain form, such as "matrix, [0, 2], dim=1, keepdim=true"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from maidenhair.errors import ConfigurationError

WORDS: dict[str, Any] = {"true": True, "false": False, "none": None}
KEYWORD = re.compile(r"(\w+)=(.+)")
TYPE = re.compile(r"(?:float|bfloat|int|uint|complex)\d+|bool")


@dataclass(frozen=True)
class Name:
    """The name of an operand, such as "another matrix"."""

    text: str


@dataclass(frozen=True)
class TypeName:
    """The name of an element type, such as "float32"."""

    text: str


@dataclass(frozen=True)
class Arguments:
    """Arguments of an operator: numbers, truth values, None, names of operands and of types, and lists of all these."""

    positional: tuple[Any, ...]
    keywords: Mapping[str, Any]

    def replaced(self, replace: Callable[[Any], Any]) -> tuple[list[Any], dict[str, Any]]:
        """Return the arguments with every value that is no list replaced, within lists too."""

        def of(value: Any) -> Any:
            return [of(each) for each in value] if isinstance(value, list) else replace(value)

        return [of(value) for value in self.positional], {
            key: of(value) for key, value in self.keywords.items()
        }


def parse_arguments(text: str) -> Arguments:
    """Read arguments as they stand in features.

    Args:
        text: values, then keywords, with commas between them: whole numbers and others (with a point), `true`, `false`,
            `none`, types such as `float32`, lists in brackets; any other words are the name of an operand.

    Raises:
        ConfigurationError: a bracket is not closed, or a value is missing; the text says where.
    """
    positional: list[Any] = []
    keywords: dict[str, Any] = {}
    for part in _parts(text):
        keyword = KEYWORD.fullmatch(part)
        if keyword:
            keywords[keyword[1]] = _value(keyword[2], text)
        else:
            positional.append(_value(part, text))
    return Arguments(tuple(positional), keywords)


def _parts(text: str) -> Iterator[str]:
    """Cut at the commas that are in no brackets."""
    if not text.strip():
        return
    depth = begin = 0
    for place, character in enumerate(text):
        depth += (character == "[") - (character == "]")
        if character == "," and not depth:
            yield text[begin:place].strip()
            begin = place + 1
    if depth:
        raise ConfigurationError(f"the arguments {text!r} have a bracket without its counterpart")
    yield text[begin:].strip()


def _value(part: str, text: str) -> Any:
    if not part:
        raise ConfigurationError(f"the arguments {text!r} have a comma too many")
    if part.startswith("["):
        return [_value(each, text) for each in _parts(part[1:-1])]
    if part in WORDS:
        return WORDS[part]
    if TYPE.fullmatch(part):
        return TypeName(part)
    for kind in (int, float):
        try:
            return kind(part)
        except ValueError:
            continue
    return Name(part)
