"""What matchers say."""

from __future__ import annotations

from typing import Any

from hamcrest.core.matcher import Matcher
from hamcrest.core.string_description import StringDescription


def told(matcher: Matcher[Any], item: Any) -> str:
    """Return what a matcher says of what it does not match."""
    description = StringDescription()
    assert not matcher.matches(item, description)
    return str(description)


def described(matcher: Matcher[Any]) -> str:
    """Return what a matcher expects, in its words."""
    return str(StringDescription().append_description_of(matcher))
