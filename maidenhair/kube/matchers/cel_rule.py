"""Match objects that satisfy a rule in CEL, the Common Expression Language of Kubernetes policies."""

from __future__ import annotations

from typing import Any

from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description

from maidenhair.errors import ConfigurationError
from maidenhair.kube.matchers.texts import render_short

NAMES = ("object", "self")
ERRORS = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)


def satisfies_cel(rule: str) -> BaseMatcher[Any]:
    """Match an object that exists and satisfies a rule. In a partial tree the rule applies to the value at its place.

    Args:
        rule: a CEL expression that evaluates to true. The value is called `object`, as in a
            ValidatingAdmissionPolicy, or `self`, as in a CustomResourceDefinition. Kubernetes' own functions
            (`quantity`, `isURL`, …) and optional fields (`.?`) are not supported; test for a field with `has(…)`.

    Raises:
        ConfigurationError: the package that evaluates CEL is not installed.
        ValueError: the rule is not valid CEL, or uses other names than `object` and `self`.

    Example:
        >>> satisfies_cel("object.spec.size > 2").matches({"spec": {"size": 3}})
        True
    """
    return SatisfiesCel(rule)


class SatisfiesCel(BaseMatcher[Any]):
    """Match an object that satisfies a rule in CEL."""

    def __init__(self, rule: str) -> None:
        self._rule = rule
        self._program = _compiled(rule)

    def _matches(self, item: Any) -> bool:
        try:
            return item is not None and self._program.execute(dict.fromkeys(NAMES, item)) is True
        except ERRORS:
            return False

    def describe_to(self, description: Description) -> None:
        """Describe the expected object."""
        description.append_text(f"an object that satisfies `{self._rule}`")

    def describe_mismatch(self, item: Any, mismatch_description: Description) -> None:
        """Describe the result of the rule, or why it cannot be evaluated."""
        if item is None:
            mismatch_description.append_text("it did not exist")
            return
        try:
            result = f"was {render_short(self._program.execute(dict.fromkeys(NAMES, item)))}"
        except LookupError as error:
            result = f"failed: `{error.args[0]}` does not exist"
        except ERRORS as error:
            result = f"failed: {error}"
        mismatch_description.append_text(f"`{self._rule}` {result}")

    def describe_match(self, item: Any, match_description: Description) -> None:
        """Describe the result of the rule."""
        match_description.append_text(f"`{self._rule}` was true")


def _compiled(rule: str) -> Any:
    try:
        import cel
    except ImportError as error:
        raise ConfigurationError(
            f"cannot evaluate the CEL rule `{rule}`: the package `cel` is not installed; "
            "install maidenhair with the extra `cel`"
        ) from error
    try:
        program = cel.compile(rule)
    except ValueError as error:
        raise ValueError(f"invalid CEL expression: {rule}: {error}") from error
    # Only an evaluation detects unknown names; any value will do.
    try:
        program.execute(dict.fromkeys(NAMES))
    except RuntimeError as error:
        message = f"invalid CEL rule, which may only use `object` or `self`: {rule}: {error}"
        raise ValueError(message) from error
    except ERRORS:
        # A valid rule may fail for null.
        return program
    return program
