"""Match objects by labels or annotations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description

from maidenhair.kube.matchers.base import MaybeObject
from maidenhair.kube.matchers.texts import render
from maidenhair.kube.matchers.tree import MatchesTree


class HasPairs(MatchesTree):
    """Match an object by labels or annotations. It may have others.

    Args:
        field: "labels" or "annotations".
        pairs: values or matchers by key; None expects that the key is absent.
    """

    def __init__(self, field: str, pairs: Mapping[str, Any]) -> None:
        super().__init__({"metadata": {field: pairs}})
        self._field = field
        self._pairs = pairs

    def describe_to(self, description: Description) -> None:
        """Describe the expected labels or annotations."""
        description.append_text(f"an object with {self._field} {render(self._pairs)}")


def has_labels(labels: Mapping[str, Any]) -> BaseMatcher[MaybeObject]:
    """Match an object that has these labels. It may have others.

    Args:
        labels: values or matchers by key; None expects that the label is absent.

    Example:
        >>> has_labels({"app": "web", "old": None}).matches({"metadata": {"labels": {"app": "web"}}})
        True
    """
    return HasPairs("labels", labels)


def has_annotations(annotations: Mapping[str, Any]) -> BaseMatcher[MaybeObject]:
    """Match an object that has these annotations. It may have others.

    Args:
        annotations: values or matchers by key; None expects that the annotation is absent.

    Example:
        >>> has_annotations({"note": "new"}).matches({"metadata": {"annotations": {"note": "new"}}})
        True
    """
    return HasPairs("annotations", annotations)
