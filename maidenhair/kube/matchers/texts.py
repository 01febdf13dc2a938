"""Render values on one short line for the descriptions of matchers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hamcrest.core.helpers.wrap_matcher import wrap_matcher
from hamcrest.core.matcher import Matcher
from hamcrest.core.string_description import StringDescription
from hamcrest.library.text.stringcontains import contains_string

from maidenhair.kube.matchers.sequence import ExactSequence
from maidenhair.waiting import history

LONGEST_VALUE = 200


def render(value: Any) -> str:
    """Render a value on one line, like YAML in flow style. Matchers are rendered by their descriptions."""
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
    """Render a value on one line of at most about 200 characters, with the middle of a longer text omitted."""
    return shorten(render(value))


def shorten(text: str) -> str:
    """Leave out the middle of a text that is longer than 200 characters, and say how much that is."""
    return history.shorten(text, LONGEST_VALUE)


def mismatch_of(matcher: Matcher[Any], value: Any) -> str:
    """Return a matcher's description of a value that it does not match, shortened."""
    description = StringDescription()
    matcher.describe_mismatch(value, description)
    # Hamcrest's `not_` starts with the "but" that callers add to every mismatch.
    return shorten(str(description).removeprefix("but "))


def as_matcher(value: Matcher[Any] | Any) -> Matcher[Any]:
    """Return a matcher unchanged, and wrap any other value in a matcher for equality."""
    return wrap_matcher(value)


def as_substring_matcher(text: Matcher[Any] | str) -> Matcher[Any]:
    """Return a matcher unchanged, and wrap a text in a matcher for strings that contain it."""
    return contains_string(text) if isinstance(text, str) else text
