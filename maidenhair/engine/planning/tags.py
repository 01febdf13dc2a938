"""The tags that the engine reads, and their meaning.

A tag belongs to the engine only in its full form, for example `@timeout.90s`. Any other tag belongs to the suite.
The prefix `mh.` marks a tag as the engine's, for example `@mh.timeout.90s`: such a tag must be well formed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from maidenhair.config.values import DURATIONS, read_limit
from maidenhair.engine.model import Container, Outline, Scenario, Selectable
from maidenhair.errors import ConfigurationError

PREFIX = "mh."
_NEED = re.compile(r"(?P<name>[\w-]+)\.(?P<number>\d+(\.\d+)?)", re.ASCII)
_NAME = re.compile(r"[\w-]+")
_WHOLE = re.compile(r"[0-9]+")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True)
class Need:
    """A share of a resource that the option `budget` limits."""

    name: str
    amount: float


@dataclass(frozen=True)
class Tags:
    """The requests to the engine in the tags of a spec, its rule and its feature.

    Attributes:
        serial: it runs alone, after all others.
        exclusive, shared: named locks that it holds.
        needs: its shares of the budget, by name.
        priority: a spec with a higher one runs first.
        flaky: the number of attempts; None without such a tag.
        must_pass: the number of passes; None without such a tag.
        timeout: its limit in seconds, as the only element, None for no limit; empty without such a tag.
        focus, pending, skip: whether it has these tags.
    """

    serial: bool = False
    exclusive: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    needs: dict[str, float] = field(default_factory=dict)
    priority: float = 0.0
    flaky: int | None = None
    must_pass: int | None = None
    timeout: tuple[float | None, ...] = ()
    focus: bool = False
    pending: bool = False
    skip: bool = False


def tags_of(scenario: Scenario) -> Tags:
    """Return the requests in the tags of a scenario. Of several with a value, the nearest counts.

    Raises:
        ConfigurationError: a tag with the prefix `mh.` is malformed. The message names the place and the allowed forms.
    """
    levels = [level for level in _levels(scenario) if level.tags]
    if not levels:
        return _NONE
    found: dict[str, list[Any]] = {}
    for level in levels:
        for tag in level.tags:
            read = _read(tag, scenario)
            if read is not None:
                found.setdefault(read[0], []).append(read[1])
    if not found:
        return _NONE

    def nearest(family: str, otherwise: Any = None) -> Any:
        return found.get(family, [otherwise])[0]

    needs: dict[str, float] = {}
    for need in found.get("needs", []):
        needs.setdefault(need.name, need.amount)
    exclusive = frozenset(found.get("exclusive", []))
    return Tags(
        serial="serial" in found,
        exclusive=exclusive,
        shared=frozenset(found.get("shared", [])) - exclusive,
        needs=needs,
        priority=nearest("priority", 0.0),
        flaky=nearest("flaky"),
        must_pass=nearest("must_pass"),
        timeout=tuple(found.get("timeout", [])[:1]),
        focus="focus" in found,
        pending="pending" in found,
        skip="skip" in found,
    )


_NONE = Tags()


def ordered(container: Container) -> str | None:
    """Return "ordered" or "ordered.continue" if a feature or rule has that tag, otherwise None."""
    for tag in container.tags:
        read = _read(tag, container)
        if read is not None and read[0] == "ordered":
            return "ordered.continue" if read[1] else "ordered"
    return None


def similar_form(tag: str) -> str | None:
    """Return the form in which a tag would be the engine's, or None if it is, or if it does not look like one.

    Example:
        >>> similar_form("timeout")
        '@timeout.T with T a number with ms, s, m or h, for example 90s, or none'
        >>> similar_form("timeout.90s"), similar_form("smoke")
        (None, None)
    """
    family = tag.partition(".")[0]
    if family not in _FAMILIES or _parse(tag) is not None:
        return None
    return _FAMILIES[family][1]


def _levels(scenario: Scenario) -> Iterable[Selectable]:
    # A row of an outline has the outline's tags, with the placeholders filled in.
    yield scenario
    level: Container | Outline | None = scenario.parent
    while level is not None:
        if level.type != "scenario_outline":
            yield level
        level = level.parent


def _read(tag: str, place: Selectable) -> tuple[str, Any] | None:
    """Return the family and the value of a tag of the engine's, or None for another tag.

    Raises:
        ConfigurationError: the tag has the prefix, but is malformed.
    """
    text = str(tag)
    if not text.startswith(PREFIX):
        return _parse(text)
    read = _parse(text.removeprefix(PREFIX))
    if read is None:
        family = text.removeprefix(PREFIX).partition(".")[0]
        known = ", ".join(f"@{PREFIX}{each}" for each in _FAMILIES)
        allowed = _FAMILIES[family][1] if family in _FAMILIES else known
        raise ConfigurationError(f"{place.location}: @{text} is malformed; allowed: {allowed}")
    return read


def _parse(text: str) -> tuple[str, Any] | None:
    family = text.partition(".")[0]
    if family not in _FAMILIES:
        return None
    try:
        return family, _FAMILIES[family][0](text.removeprefix(family))
    except ValueError:
        return None


def _flag(rest: str) -> bool:
    if rest:
        raise ValueError(rest)
    return True


def _continues(rest: str) -> bool:
    if rest not in ("", ".continue"):
        raise ValueError(rest)
    return bool(rest)


def _valued(read: Callable[[str], Any]) -> Callable[[str], Any]:
    def read_rest(rest: str) -> Any:
        if not rest.startswith("."):
            raise ValueError(rest)
        return read(rest[1:])

    return read_rest


def _count(text: str) -> int:
    if not _WHOLE.fullmatch(text) or int(text) < 1:
        raise ValueError(text)
    return int(text)


def _priority(text: str) -> float:
    if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        raise ValueError(text)
    return float(text)


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError(text)
    return text


def _need(text: str) -> Need:
    found = _NEED.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return Need(found["name"], float(found["number"]))


_FAMILIES: dict[str, tuple[Callable[[str], Any], str]] = {
    "serial": (_flag, "@serial"),
    "ordered": (_continues, "@ordered or @ordered.continue"),
    "exclusive": (_valued(_name), "@exclusive.NAME with letters, digits, - and _"),
    "shared": (_valued(_name), "@shared.NAME with letters, digits, - and _"),
    "needs": (_valued(_need), "@needs.NAME.N with a number N, for example @needs.cpu.2"),
    "priority": (_valued(_priority), "@priority.N with a number N"),
    "flaky": (_valued(_count), "@flaky.N with a whole number N, at least 1"),
    "must_pass": (_valued(_count), "@must_pass.N with a whole number N, at least 1"),
    "timeout": (_valued(read_limit), f"@timeout.T with T {DURATIONS}, or none"),
    "focus": (_flag, "@focus"),
    "pending": (_flag, "@pending"),
    "skip": (_flag, "@skip"),
}
