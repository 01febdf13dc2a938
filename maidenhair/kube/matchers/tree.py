"""Match objects by a partial tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description

from maidenhair.kube.matchers.base import MaybeObject, ObjectMatcher
from maidenhair.kube.matchers.differences import differences, summarize
from maidenhair.kube.matchers.texts import render


def matches_tree(tree: Mapping[str, Any]) -> BaseMatcher[MaybeObject]:
    """Match an object that contains a partial tree. The mismatch names up to ten paths that differ.

    A mapping may have additional keys. A sequence may have additional elements, in any order; each expected element
    matches an element of its own. None expects that a field is null or absent.

    Args:
        tree: values as in YAML. Any value may be a matcher, for example `has_jmespath(…)` or `equal_quantity("1Gi")`,
            or `exact_sequence(…)` for a sequence of exactly these elements in this order.

    Example:
        >>> from hamcrest import greater_than
        >>> matches_tree({"spec": {"size": greater_than(2)}}).matches({"spec": {"size": 3, "colour": "grey"}})
        True
    """
    return MatchesTree(tree)


class MatchesTree(ObjectMatcher):
    """Match an object that contains a partial tree."""

    def __init__(self, tree: Mapping[str, Any]) -> None:
        self._tree = tree

    def _matches(self, item: MaybeObject) -> bool:
        return item is not None and not differences(self._tree, item)

    def describe_to(self, description: Description) -> None:
        """Describe the expected tree."""
        description.append_text(f"an object like {render(self._tree)}")

    def _describe_actual(self, item: MaybeObject) -> str:
        found = differences(self._tree, item) if item is not None else []
        return summarize(found) if found else super()._describe_actual(item)
