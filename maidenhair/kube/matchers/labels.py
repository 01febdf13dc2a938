"""Objects with labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description

from maidenhair.kube.matchers.base import MaybeObject
from maidenhair.kube.matchers.texts import shown
from maidenhair.kube.matchers.tree import MatchesTree


def has_labels(labels: Mapping[str, Any]) -> BaseMatcher[MaybeObject]:
    """Match an object that has labels, among others.

    Args:
        labels: values or matchers by key; None expects that there is no such label.
    """
    return HasLabels(labels)


class HasLabels(MatchesTree):
    """Matches an object that has labels."""

    def __init__(self, labels: Mapping[str, Any]) -> None:
        super().__init__({"metadata": {"labels": labels}})
        self._labels = labels

    def describe_to(self, description: Description) -> None:
        """Tell what is expected."""
        description.append_text(f"an object with labels {shown(self._labels)}")
