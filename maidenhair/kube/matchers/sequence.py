"""Sequences in partial trees that match position by position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


def exact_sequence(*elements: Any) -> ExactSequence:
    """Expect a sequence of exactly these elements in this order, in a partial tree for `matches_tree`.

    Args:
        elements: values, partial trees or matchers, one for each position.

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
    """The expected elements of a whole sequence, in order."""

    elements: tuple[Any, ...]
