"""How matchers show values, on one line and no longer than it takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hamcrest.core.helpers.wrap_matcher import wrap_matcher
from hamcrest.core.matcher import Matcher
from hamcrest.core.string_description import StringDescription
from hamcrest.library.text.stringcontains import contains_string

from maidenhair.kube.matchers.sequence import ExactSequence

LONGEST_VALUE = 200


def render(value: Any) -> str:
    """Return a value as YAML would show it on one line; matchers in it by their descriptions."""
    if isinstance(value, Matcher):
        return str(StringDescription().append_description_of(value))
    if isinstance(value, ExactSequence):
        return f"exactly {render(list(value.elements))}"
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{key}: {render(each)}" for key, each in value.items())
        return f"{{{pairs}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(render, value))}]"
    return json.dumps(value, ensure_ascii=False, default=str)


def render_short(value: Any) -> str:
    """Return a value that was found, its middle left out where it is long."""
    return shorten(render(value))


def shorten(text: str) -> str:
    """Return a text of at most some 200 characters."""
    if len(text) <= LONGEST_VALUE:
        return text
    half = LONGEST_VALUE // 2
    return f"{text[:half]} … {text[-half:]}"


def mismatch_of(matcher: Matcher[Any], value: Any) -> str:
    """Return what a matcher says of a value that it does not match."""
    description = StringDescription()
    matcher.describe_mismatch(value, description)
    # Hamcrest's `not_` begins with the "but" that belongs before every mismatch.
    return shorten(str(description).removeprefix("but "))


def as_matcher(value: Matcher[Any] | Any) -> Matcher[Any]:
    """Return a matcher as it is, and for a value the one that it is equal."""
    return wrap_matcher(value)


def as_substring_matcher(text: Matcher[Any] | str) -> Matcher[Any]:
    """Return a matcher as it is, and for a text the one that it is contained."""
    return contains_string(text) if isinstance(text, str) else text
