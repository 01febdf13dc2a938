"""PyHamcrest matchers for objects of the Kubernetes API; what they say fits on a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description

from maidenhair.kube.manifests import condition, described


def has_condition(
    condition_type: str, status: str = "True", reason: str | None = None
) -> BaseMatcher[Mapping[str, Any] | None]:
    """Match an object whose status has a condition.

    Args:
        condition_type: such as "Ready".
        status: "True", "False" or "Unknown".
        reason: the condition's reason; any by default.
    """
    return _HasCondition(condition_type, status, reason)


def is_present() -> BaseMatcher[Mapping[str, Any] | None]:
    """Match an object that exists and is not being deleted."""
    return _IsPresent()


def is_absent() -> BaseMatcher[Mapping[str, Any] | None]:
    """Match None: there is no such object (any more)."""
    return _IsAbsent()


class _ObjectMatcher(BaseMatcher[Mapping[str, Any] | None]):
    """A matcher that tells of the part of an object it is about."""

    def describe_mismatch(
        self, item: Mapping[str, Any] | None, mismatch_description: Description
    ) -> None:
        """Tell what the object is like."""
        mismatch_description.append_text(self._tell(item))

    def describe_match(
        self, item: Mapping[str, Any] | None, match_description: Description
    ) -> None:
        """Tell what the object is like."""
        match_description.append_text(self._tell(item))

    def _tell(self, item: Mapping[str, Any] | None) -> str:
        if item is None:
            return "it did not exist"
        deleted = item["metadata"].get("deletionTimestamp")
        return f"{described(item)} {'was being deleted' if deleted else 'existed'}"


class _HasCondition(_ObjectMatcher):
    def __init__(self, condition_type: str, status: str, reason: str | None) -> None:
        self._type = condition_type
        self._status = status
        self._reason = reason

    def _matches(self, item: Mapping[str, Any] | None) -> bool:
        found = condition(item, self._type)
        if found is None or found.get("status") != self._status:
            return False
        return self._reason is None or found.get("reason") == self._reason

    def describe_to(self, description: Description) -> None:
        """Tell what is expected."""
        reason = f" ({self._reason})" if self._reason else ""
        description.append_text(f"condition {self._type} {self._status}{reason}")

    def _tell(self, item: Mapping[str, Any] | None) -> str:
        if item is None:
            return super()._tell(item)
        found = condition(item, self._type)
        if found is None:
            conditions = (item.get("status") or {}).get("conditions") or []
            others = ", ".join(f"{each['type']} {each['status']}" for each in conditions)
            return f"there was no condition {self._type} ({others or 'no conditions at all'})"
        detail = ": ".join(part for part in (found.get("reason"), found.get("message")) if part)
        return f"condition {self._type} was {found['status']}" + (f" ({detail})" if detail else "")


class _IsPresent(_ObjectMatcher):
    def _matches(self, item: Mapping[str, Any] | None) -> bool:
        return item is not None and "deletionTimestamp" not in item["metadata"]

    def describe_to(self, description: Description) -> None:
        """Tell what is expected."""
        description.append_text("an object that exists")


class _IsAbsent(_ObjectMatcher):
    def _matches(self, item: Mapping[str, Any] | None) -> bool:
        return item is None

    def describe_to(self, description: Description) -> None:
        """Tell what is expected."""
        description.append_text("no such object")
