"""Arguments of operators as features write them, for example "matrix, [0, 2], dim=1, keepdim=true"."""

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
    """The name of an operand, for example "another matrix"."""

    text: str


@dataclass(frozen=True)
class TypeName:
    """The name of an element type, for example "float32"."""

    text: str


@dataclass(frozen=True)
class Arguments:
    """The arguments of an operator.

    A value is a number, a truth value, None, a Name, a TypeName, or a list of these.

    Attributes:
        positional: the positional arguments.
        keywords: the keyword arguments.
    """

    positional: tuple[Any, ...]
    keywords: Mapping[str, Any]

    def replaced(self, replace: Callable[[Any], Any]) -> tuple[list[Any], dict[str, Any]]:
        """Return the arguments with each value replaced by `replace(value)`. Lists remain, with replaced items."""

        def of(value: Any) -> Any:
            return [of(each) for each in value] if isinstance(value, list) else replace(value)

        return [of(value) for value in self.positional], {
            key: of(value) for key, value in self.keywords.items()
        }


def parse_arguments(text: str) -> Arguments:
    """Parse arguments as features write them.

    Args:
        text: values and then keywords, separated by commas. Values are whole numbers, numbers with a point, `true`,
            `false`, `none`, types such as `float32`, and lists in brackets. Any other text is the name of an operand.

    Raises:
        ConfigurationError: a bracket has no counterpart, or a value is missing.

    Example:
        >>> parse_arguments("matrix, [0, 2], keepdim=true")
        Arguments(positional=(Name(text='matrix'), [0, 2]), keywords={'keepdim': True})
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
    """Split the text at the commas outside of brackets."""
    if not text.strip():
        return
    depth = begin = 0
    for place, character in enumerate(text):
        depth += (character == "[") - (character == "]")
        if character == "," and not depth:
            yield text[begin:place].strip()
            begin = place + 1
    if depth:
        raise ConfigurationError(
            f"the arguments {text!r} have a bracket without its counterpart; add or remove one"
        )
    yield text[begin:].strip()


def _value(part: str, text: str) -> Any:
    if not part:
        raise ConfigurationError(
            f"the arguments {text!r} have no value beside a comma; add a value or remove the comma"
        )
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
