"""Sequences that have some items in a certain order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description
from hamcrest.core.helpers.wrap_matcher import wrap_matcher
from hamcrest.core.matcher import Matcher


def has_in_order(*items: Matcher[Any] | Any) -> BaseMatcher[Sequence[Any]]:
    """Match a sequence in which these come in this order, whatever else comes before, between and after them.

    Args:
        items: values, or matchers of them.

    Example:
        >>> has_in_order("Pulled", "Started").matches(["Scheduled", "Pulled", "Created", "Started"])
        True
    """
    return HasInOrder([wrap_matcher(item) for item in items])


class HasInOrder(BaseMatcher[Sequence[Any]]):
    """Matches a sequence in which some things come in a certain order."""

    def __init__(self, matchers: Sequence[Matcher[Any]]) -> None:
        self._matchers = matchers

    def _matches(self, item: Sequence[Any]) -> bool:
        return self._first_missing(item) is None

    def describe_to(self, description: Description) -> None:
        """Describe the expected order."""
        description.append_list("in this order: [", ", ", "]", self._matchers)

    def describe_mismatch(self, item: Sequence[Any], mismatch_description: Description) -> None:
        """Name the first item that is missing in its place, and the sequence."""
        mismatch_description.append_description_of(self._first_missing(item))
        mismatch_description.append_text(" did not come in ").append_description_of(list(item))

    def _first_missing(self, item: Sequence[Any]) -> Matcher[Any] | None:
        left = iter(item)
        for matcher in self._matchers:
            if not any(matcher.matches(each) for each in left):
                return matcher
        return None
