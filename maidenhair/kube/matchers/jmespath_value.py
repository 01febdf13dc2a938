"""Match objects by the value of a JMESPath expression."""

from __future__ import annotations

from typing import Any

import jmespath
from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description
from hamcrest.core.matcher import Matcher
from jmespath.exceptions import JMESPathError

from maidenhair.kube.matchers.texts import as_matcher, mismatch_of, render_short


def has_jmespath(expression: str, value: Matcher[Any] | Any) -> BaseMatcher[Any]:
    """Match an object by the value of a JMESPath expression. May be used in a partial tree.

    Args:
        expression: the expression, for example `status.conditions[?type=='Ready'].status | [0]`
            (https://jmespath.org).
        value: the expected value, or a matcher; None expects that the expression finds nothing.

    Raises:
        ValueError: the expression is not valid JMESPath.

    Example:
        >>> has_jmespath("spec.colours[0]", "grey").matches({"spec": {"colours": ["grey", "red"]}})
        True
    """
    return HasJmespath(expression, value)


class HasJmespath(BaseMatcher[Any]):
    """Match an object by the value of a JMESPath expression."""

    def __init__(self, expression: str, value: Matcher[Any] | Any) -> None:
        try:
            self._compiled = jmespath.compile(expression)
        except JMESPathError as error:
            raise ValueError(f"invalid JMESPath expression: {expression}: {error}") from error
        self._expression = expression
        self._value = as_matcher(value)

    def _matches(self, item: Any) -> bool:
        try:
            return self._value.matches(self._compiled.search(item))
        except JMESPathError:
            return False

    def describe_to(self, description: Description) -> None:
        """Describe the expected value."""
        description.append_text(f"{self._expression} ").append_description_of(self._value)

    def describe_mismatch(self, item: Any, mismatch_description: Description) -> None:
        """Describe the value of the expression."""
        try:
            found = self._compiled.search(item)
        except JMESPathError as error:
            mismatch_description.append_text(f"{self._expression} failed: {error}")
            return
        mismatch_description.append_text(f"{self._expression} {mismatch_of(self._value, found)}")

    def describe_match(self, item: Any, match_description: Description) -> None:
        """Describe the value of the expression."""
        found = self._compiled.search(item)
        match_description.append_text(f"{self._expression} was {render_short(found)}")
