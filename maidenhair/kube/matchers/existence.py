"""Match objects that exist or do not exist."""

from __future__ import annotations

from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description

from maidenhair.kube.matchers.base import MaybeObject, ObjectMatcher


def is_present() -> BaseMatcher[MaybeObject]:
    """Match an object that exists and is not being deleted.

    Example:
        >>> is_present().matches({"kind": "Widget", "metadata": {"name": "blue"}})
        True
        >>> is_present().matches({"metadata": {"name": "blue", "deletionTimestamp": "2026-01-31T12:00:00Z"}})
        False
    """
    return IsPresent()


class IsPresent(ObjectMatcher):
    """Match an object that exists and is not being deleted."""

    def _matches(self, item: MaybeObject) -> bool:
        return item is not None and "deletionTimestamp" not in item["metadata"]

    def describe_to(self, description: Description) -> None:
        """Describe the expected object."""
        description.append_text("an object that exists")


def is_absent() -> BaseMatcher[MaybeObject]:
    """Match None, which stands for an object that does not exist.

    Example:
        >>> is_absent().matches(kube.get("v1", "ConfigMap", "colours"))
        True
    """
    return IsAbsent()


class IsAbsent(ObjectMatcher):
    """Match None."""

    def _matches(self, item: MaybeObject) -> bool:
        return item is None

    def describe_to(self, description: Description) -> None:
        """Describe the expected absence."""
        description.append_text("no such object")
