"""Objects with annotations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description

from maidenhair.kube.matchers.base import MaybeObject
from maidenhair.kube.matchers.texts import shown
from maidenhair.kube.matchers.tree import MatchesTree


def has_annotations(annotations: Mapping[str, Any]) -> BaseMatcher[MaybeObject]:
    """Match an object that has annotations, among others.

    Args:
        annotations: values or matchers by key; None expects that there is no such annotation.
    """
    return HasAnnotations(annotations)


class HasAnnotations(MatchesTree):
    """Matches an object that has annotations."""

    def __init__(self, annotations: Mapping[str, Any]) -> None:
        super().__init__({"metadata": {"annotations": annotations}})
        self._annotations = annotations

    def describe_to(self, description: Description) -> None:
        """Tell what is expected."""
        description.append_text(f"an object with annotations {shown(self._annotations)}")
