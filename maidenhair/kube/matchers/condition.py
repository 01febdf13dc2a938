"""Match objects by a status condition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description
from hamcrest.core.matcher import Matcher

from maidenhair.kube.matchers.base import MaybeObject, ObjectMatcher
from maidenhair.kube.matchers.texts import as_matcher, as_substring_matcher, render
from maidenhair.kube.objects import condition, conditions, reason_and_message


def has_condition(
    condition_type: str,
    status: str | Matcher[Any] = "True",
    reason: str | Matcher[Any] | None = None,
    message: str | Matcher[Any] | None = None,
    *,
    current: bool = False,
) -> BaseMatcher[MaybeObject]:
    """Match an object whose status has a condition.

    Args:
        condition_type: the type, for example "Ready".
        status: "True", "False" or "Unknown", or a matcher.
        reason: the condition's reason, or a matcher for it; default: any.
        message: a part of the condition's message, or a matcher for all of it; default: any.
        current: the condition must be of the object's current generation, according to the observedGeneration of
            the condition or else of the status. If neither is set, the object does not match.

    Example:
        >>> widget = {"status": {"conditions": [{"type": "Ready", "status": "False", "reason": "Paused"}]}}
        >>> has_condition("Ready", "False", reason="Paused").matches(widget)
        True
    """
    return HasCondition(condition_type, status, reason, message, current)


class HasCondition(ObjectMatcher):
    """Match an object whose status has a condition."""

    def __init__(
        self,
        condition_type: str,
        status: str | Matcher[Any],
        reason: str | Matcher[Any] | None,
        message: str | Matcher[Any] | None,
        current: bool,
    ) -> None:
        self._type = condition_type
        self._status = status
        self._current = current
        self._fields: dict[str, Matcher[Any]] = {"status": as_matcher(status)}
        if reason is not None:
            self._fields["reason"] = as_matcher(reason)
        if message is not None:
            self._fields["message"] = as_substring_matcher(message)

    def _matches(self, item: MaybeObject) -> bool:
        found = condition(item, self._type)
        if item is None or found is None:
            return False
        if not all(matcher.matches(found.get(key)) for key, matcher in self._fields.items()):
            return False
        return not self._current or _generation(item, found) == _current_generation(item)

    def describe_to(self, description: Description) -> None:
        """Describe the expected condition."""
        status = self._status if isinstance(self._status, str) else render(self._status)
        others = [f"{key} {render(each)}" for key, each in self._fields.items() if key != "status"]
        details = " and ".join(others)
        description.append_text(f"condition {self._type} {status}")
        description.append_text(f" with {details}" if details else "")
        description.append_text(", of the object's current generation" if self._current else "")

    def _describe_actual(self, item: MaybeObject) -> str:
        if item is None:
            return super()._describe_actual(item)
        found = condition(item, self._type)
        if found is None:
            others = ", ".join(f"{each['type']} {each['status']}" for each in conditions(item))
            return f"condition {self._type} was absent ({others or 'no conditions'})"
        detail = reason_and_message(found)
        was = f"condition {self._type} was {found['status']}" + (f" ({detail})" if detail else "")
        return was + (_describe_generation(item, found) if self._current else "")


def _generation(item: Mapping[str, Any], found: Mapping[str, Any]) -> Any:
    """Return the generation that a condition observed, or None if it is not set."""
    return found.get("observedGeneration", (item.get("status") or {}).get("observedGeneration"))


def _current_generation(item: Mapping[str, Any]) -> Any:
    return item["metadata"].get("generation", "unknown")


def _describe_generation(item: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    observed = _generation(item, found)
    if observed is None:
        return ", of an unknown generation"
    return f", of generation {observed} while the object's was {_current_generation(item)}"
