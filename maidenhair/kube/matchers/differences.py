"""How a value differs from a partial tree: every place, by its path."""

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
"""By what elements of Kubernetes' lists are told apart, the most telling first."""

_PLAIN_KEY = re.compile(r"[A-Za-z_][\w-]*")
_Table = list[list[list[str]]]


def differences(expected: Any, actual: Any, path: str = "") -> list[str]:
    """Return where `actual` differs from a partial tree, such as `spec.replicas was 2, expected 3`.

    A mapping may have other keys, too, a sequence other elements, in any order; each expected element needs one of
    its own. A field that is not there is as good as null, and null is expected by None.

    Args:
        expected: values, mappings and sequences of them, with matchers and `exact_sequence` anywhere.
        actual: the value.
        path: where `actual` is in the whole.
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
    """Return differences on one line, and how many more there are when they are many."""
    more = len(found) - MAX_DIFFERENCES
    return "; ".join([*found[:MAX_DIFFERENCES], *([f"and {more} more"] if more > 0 else [])])


def _is_equal(expected: Any, actual: Any) -> bool:
    # To Python 1 is True, to an API it is not.
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
        found = [f"{_path_or_it(path)} had {len(actual)} elements, expected {len(expected.elements)}"]
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
    """Give as many expected elements as possible a matching element of their own: place to number."""
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
    """Return the place of the element that was probably meant, or None where there is no such element."""
    key = _identity(expected)
    if key is not None:
        free = [place for place in free if _value(actual[place], key) == expected[key]]
    return min(free, key=lambda place: len(row[place]), default=None)


def _missing_element(expected: Any, actual: Sequence[Any], path: str) -> str:
    key = _identity(expected)
    if key is None:
        return f"{_path_or_it(path)} had no (further) element like {render_short(expected)}"
    others = ", ".join(render(_value(each, key)) for each in actual)
    had = f"it had {shorten(others)}" if actual else "it was empty"
    return f"{_path_or_it(path)} had no (further) element with {key} {render(expected[key])} ({had})"


def _identity(expected: Any) -> str | None:
    """Return the key by which an expected element is told from others, if it has a plain value."""
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
