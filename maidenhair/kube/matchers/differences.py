"""Differences between a value and a partial tree, each with its path."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from hamcrest.core.matcher import Matcher

from maidenhair.kube.matchers.sequence import ExactSequence
from maidenhair.kube.matchers.texts import mismatch_of, render, render_short, shorten

MAX_DIFFERENCES = 10
IDENTITIES = ("name", "type", "key", "containerPort", "port", "ip")
"""Fields that identify elements of Kubernetes lists, in order of preference."""

_PLAIN_KEY = re.compile(r"[A-Za-z_][\w-]*")
_Table = list[list[list[str]]]


def differences(expected: Any, actual: Any, path: str = "") -> list[str]:
    """Return the differences between `actual` and a partial tree, for example `spec.replicas was 2, expected 3`.

    A mapping may have additional keys. A sequence may have additional elements, in any order; each expected element
    matches an element of its own. A missing field equals null; None expects either.

    Args:
        expected: values, mappings and sequences, with matchers and `exact_sequence` at any place.
        actual: the value.
        path: the path of `actual` in the whole value.
    """
    if isinstance(expected, Matcher):
        return [] if expected.matches(actual) else [_matcher_mismatch(expected, actual, path)]
    if isinstance(expected, Mapping):
        return _in_mapping(expected, actual, path)
    if isinstance(expected, ExactSequence):
        return _in_exact_sequence(expected, actual, path)
    if isinstance(expected, list | tuple):
        return _in_sequence(expected, actual, path)
    return [] if _is_equal(expected, actual) else [_mismatch(expected, actual, path)]


def summarize(found: Sequence[str]) -> str:
    """Return differences on one line: at most ten, and the number of the others."""
    more = len(found) - MAX_DIFFERENCES
    return "; ".join([*found[:MAX_DIFFERENCES], *([f"and {more} more"] if more > 0 else [])])


def _is_equal(expected: Any, actual: Any) -> bool:
    # Python treats 1 as equal to True; the API does not.
    return isinstance(expected, bool) == isinstance(actual, bool) and bool(expected == actual)


def _in_mapping(expected: Mapping[str, Any], actual: Any, path: str) -> list[str]:
    if not isinstance(actual, Mapping | None):
        return [_mismatch(expected, actual, path)]
    found = [
        difference
        for key, value in expected.items()
        for difference in differences(value, (actual or {}).get(key), _child(path, key))
    ]
    if actual is None and (found or not expected):
        return [_mismatch(expected, actual, path)]
    return found


def _in_exact_sequence(expected: ExactSequence, actual: Any, path: str) -> list[str]:
    if not isinstance(actual, list | tuple | None):
        return [_mismatch(expected, actual, path)]
    actual = actual or []
    found = []
    if len(actual) != len(expected.elements):
        found = [
            f"{_path_or_it(path)} had {len(actual)} elements, expected {len(expected.elements)}"
        ]
    # If the lengths differ, the common positions are compared.
    for place, (element, each) in enumerate(zip(expected.elements, actual, strict=False)):
        found += differences(element, each, f"{path}[{place}]")
    return found


def _in_sequence(expected: Sequence[Any], actual: Any, path: str) -> list[str]:
    if not isinstance(actual, list | tuple | None):
        return [_mismatch(expected, actual, path)]
    if actual is None:
        return [_mismatch(expected, actual, path)] if expected else []
    table: _Table = [
        [differences(element, each, f"{path}[{place}]") for place, each in enumerate(actual)]
        for element in expected
    ]
    taken = _assign_elements(table)
    found = []
    for number, element in enumerate(expected):
        if number in taken.values():
            continue
        free = [place for place in range(len(actual)) if place not in taken]
        nearest = _nearest(element, actual, free, table[number])
        if nearest is None:
            found.append(_missing_element(element, actual, path))
        else:
            taken[nearest] = number
            found += table[number][nearest]
    return found


def _assign_elements(table: _Table) -> dict[int, int]:
    """Assign as many expected elements as possible to matching elements of their own.

    Args:
        table: the differences, by number of the expected element and place of the actual element.

    Returns:
        The number of the expected element by the place of the actual element.
    """
    taken: dict[int, int] = {}

    def assign(number: int, tried: set[int]) -> bool:
        for place, found in enumerate(table[number]):
            if found or place in tried:
                continue
            tried.add(place)
            if place not in taken or assign(taken[place], tried):
                taken[place] = number
                return True
        return False

    for number in range(len(table)):
        assign(number, set())
    return taken


def _nearest(
    expected: Any, actual: Sequence[Any], free: Sequence[int], row: list[list[str]]
) -> int | None:
    """Return the place of the free element most similar to the expected one, or None."""
    key = _identity(expected)
    if key is not None:
        free = [place for place in free if _value(actual[place], key) == expected[key]]
    return min(free, key=lambda place: len(row[place]), default=None)


def _missing_element(expected: Any, actual: Sequence[Any], path: str) -> str:
    key = _identity(expected)
    if key is None:
        return f"{_path_or_it(path)} had no (other) element like {render_short(expected)}"
    others = ", ".join(render(_value(each, key)) for each in actual)
    had = f"it had {shorten(others)}" if actual else "it was empty"
    return f"{_path_or_it(path)} had no (other) element with {key} {render(expected[key])} ({had})"


def _identity(expected: Any) -> str | None:
    """Return the key that identifies an expected element, if it has a plain value."""
    if not isinstance(expected, Mapping):
        return None
    return next((key for key in IDENTITIES if isinstance(expected.get(key), str | int)), None)


def _value(element: Any, key: str) -> Any:
    return element.get(key) if isinstance(element, Mapping) else None


def _matcher_mismatch(expected: Matcher[Any], actual: Any, path: str) -> str:
    if actual is None:
        return _mismatch(expected, actual, path)
    return f"{_path_or_it(path)} {mismatch_of(expected, actual)}, expected {render_short(expected)}"


def _mismatch(expected: Any, actual: Any, path: str) -> str:
    was = "was absent" if actual is None else f"was {render_short(actual)}"
    return f"{_path_or_it(path)} {was}, expected {render_short(expected)}"


def _path_or_it(path: str) -> str:
    return path or "it"


def _child(path: str, key: str) -> str:
    if not _PLAIN_KEY.fullmatch(key):
        return f"{path}[{json.dumps(key)}]"
    return f"{path}.{key}" if path else key
