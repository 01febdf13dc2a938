"""Objects with pairs in their metadata: labels, or annotations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hamcrest.core.description import Description

from maidenhair.kube.matchers.texts import shown
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
        description.append_text(f"an object with {self._field} {shown(self._pairs)}")
