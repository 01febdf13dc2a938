"""behave's step functions as the engine sees them: protocols, because behave has no types."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from maidenhair.engine.model import Step


class Match(Protocol):
    """A step function that belongs to a step, and its arguments."""

    arguments: Sequence[Any]
    location: object
    run: Callable[[Any], None]


class StepFunction(Protocol):
    """A step function with its pattern."""

    func: Callable[..., object]

    def match(self, text: str) -> Match | None:
        """Return the match of a text, None if the pattern does not fit."""


class StepRegistry(Protocol):
    """The step functions.

    Attributes:
        steps: the functions by type: the words of Gherkin in lower case, and step.
    """

    steps: Mapping[str, Sequence[StepFunction]]

    def find_match(self, step: Step) -> Match | None:
        """Return the function of a step, None for an undefined step."""
