"""Sequences in partial trees that are compared position by position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


def exact_sequence(*elements: Any) -> ExactSequence:
    """Expect, in a tree for `matches_tree`, a sequence of as many elements, each like the one at its position.

    Args:
        elements: values, partial trees or matchers.

    Example:
        >>> ports = matches_tree({"ports": exact_sequence({"port": 80}, {"port": 443})})
        >>> ports.matches({"ports": [{"port": 80}, {"port": 443}]})
        True
        >>> ports.matches({"ports": [{"port": 443}, {"port": 80}]})
        False
    """
    return ExactSequence(elements)


@dataclass(frozen=True)
class ExactSequence:
    """The elements of a sequence that has no others, in their order."""

    elements: tuple[Any, ...]
