"""Descriptions of matchers and of mismatches."""

from __future__ import annotations

from typing import Any

from hamcrest.core.matcher import Matcher
from hamcrest.core.string_description import StringDescription


def mismatch_of(matcher: Matcher[Any], item: Any) -> str:
    """Return a matcher's description of an item that it does not match."""
    description = StringDescription()
    assert not matcher.matches(item, description)
    return str(description)


def description_of(matcher: Matcher[Any]) -> str:
    """Return a matcher's description of the expected value."""
    return str(StringDescription().append_description_of(matcher))
