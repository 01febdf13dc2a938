"""The base class of matchers of objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description

from maidenhair.kube.objects import display_name

MaybeObject = Mapping[str, Any] | None
"""An object of the Kubernetes API, or None if it does not exist."""


class ObjectMatcher(BaseMatcher[MaybeObject]):
    """A matcher of one object. Subclasses describe the part of the object that they match."""

    def describe_mismatch(self, item: MaybeObject, mismatch_description: Description) -> None:
        """Describe the actual object."""
        mismatch_description.append_text(self._describe_actual(item))

    def describe_match(self, item: MaybeObject, match_description: Description) -> None:
        """Describe the actual object."""
        match_description.append_text(self._describe_actual(item))

    def _describe_actual(self, item: MaybeObject) -> str:
        if item is None:
            return "it did not exist"
        deleted = (item.get("metadata") or {}).get("deletionTimestamp")
        return f"{display_name(item)} {'was being deleted' if deleted else 'existed'}"
