"""What the matchers of objects share: they tell of an object on one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description

from maidenhair.kube.objects import described

MaybeObject = Mapping[str, Any] | None
"""An object of the Kubernetes API, or None where there is none."""


class ObjectMatcher(BaseMatcher[MaybeObject]):
    """A matcher that tells of the part of an object it is about."""

    def describe_mismatch(self, item: MaybeObject, mismatch_description: Description) -> None:
        """Tell what the object is like."""
        mismatch_description.append_text(self._tell(item))

    def describe_match(self, item: MaybeObject, match_description: Description) -> None:
        """Tell what the object is like."""
        match_description.append_text(self._tell(item))

    def _tell(self, item: MaybeObject) -> str:
        if item is None:
            return "it did not exist"
        deleted = (item.get("metadata") or {}).get("deletionTimestamp")
        return f"{described(item)} {'was being deleted' if deleted else 'existed'}"
