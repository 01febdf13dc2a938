"""Objects with pairs in their metadata: labels, or annotations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description

from maidenhair.kube.matchers.base import MaybeObject
from maidenhair.kube.matchers.texts import render
from maidenhair.kube.matchers.tree import MatchesTree


class HasPairs(MatchesTree):
    """Matches an object that has pairs in a field of its metadata, among others.

    Args:
        field: "labels" or "annotations".
        pairs: values or matchers by key; None expects that there is no such key.
    """

    def __init__(self, field: str, pairs: Mapping[str, Any]) -> None:
        super().__init__({"metadata": {field: pairs}})
        self._field = field
        self._pairs = pairs

    def describe_to(self, description: Description) -> None:
        """Tell what is expected."""
        description.append_text(f"an object with {self._field} {render(self._pairs)}")


def has_labels(labels: Mapping[str, Any]) -> BaseMatcher[MaybeObject]:
    """Match an object that has labels, among others.

    Args:
        labels: values or matchers by key; None expects that there is no such label.

    Example:
        >>> has_labels({"app": "web", "old": None}).matches({"metadata": {"labels": {"app": "web"}}})
        True
    """
    return HasPairs("labels", labels)


def has_annotations(annotations: Mapping[str, Any]) -> BaseMatcher[MaybeObject]:
    """Match an object that has annotations, among others.

    Args:
        annotations: values or matchers by key; None expects that there is no such annotation.

    Example:
        >>> has_annotations({"note": "kept"}).matches({"metadata": {"annotations": {"note": "kept"}}})
        True
    """
    return HasPairs("annotations", annotations)
