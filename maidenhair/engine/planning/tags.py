"""The tags that the engine reads, and their meaning."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from maidenhair.config.values import DURATIONS, read_limit
from maidenhair.engine.model import Container, Outline, Scenario, Selectable
from maidenhair.errors import ConfigurationError

_NEED = re.compile(r"(?P<name>[\w-]+)\.(?P<number>\d+(\.\d+)?)")
_NAME = re.compile(r"[\w-]+")


@dataclass(frozen=True)
class Need:
    """A share of something that there is only so much of."""

    name: str
    amount: float


@dataclass(frozen=True)
class Tags:
    """The requests to the engine in the tags of a spec, its rule and its feature.

    Attributes:
        serial: it runs alone, after all others.
        exclusive, shared: named locks that it holds.
        needs: its shares of the budget, by name.
        priority: what has more of it runs first.
        flaky: how often it is tried; None where no tag says so.
        must_pass: how often it has to pass; None where no tag says so.
        timeout: its limit in seconds, as the only element, None for no limit; empty where no tag says so.
        focus, pending, skip: whether it carries these.
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
    """Return what the tags of a scenario ask for; of several with a value the nearest counts.

    Raises:
        ConfigurationError: a tag is malformed; the text names the place and the allowed values.
    """
    levels = [level for level in _levels(scenario) if level.tags]
    if not levels:
        return _NONE
    found: dict[str, list[Any]] = {}
    for level in levels:
        for tag in level.tags:
            family, value = _read(tag, scenario)
            found.setdefault(family, []).append(value)

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
    """Return "ordered" or "ordered.continue" where a feature or rule is tagged so, else None."""
    kinds = [tag for tag in container.tags if str(tag).split(".")[0] == "ordered"]
    for kind in kinds:
        if kind not in ("ordered", "ordered.continue"):
            raise _malformed(kind, container, "@ordered, @ordered.continue")
    return str(kinds[0]) if kinds else None


def _levels(scenario: Scenario) -> Iterable[Selectable]:
    # A row of an outline has the outline's tags, with the placeholders filled in.
    yield scenario
    level: Container | Outline | None = scenario.parent
    while level is not None:
        if level.type != "scenario_outline":
            yield level
        level = level.parent


def _read(tag: str, scenario: Scenario) -> tuple[str, Any]:
    family, dot, rest = str(tag).partition(".")
    if not dot or family not in _VALUED:
        return str(tag), True
    read, allowed = _VALUED[family]
    try:
        return family, read(rest)
    except ValueError as error:
        raise _malformed(tag, scenario, allowed) from error


def _malformed(tag: str, place: Selectable, allowed: str) -> ConfigurationError:
    return ConfigurationError(f"{place.location}: @{tag} is malformed; allowed: {allowed}")


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError(text)
    return text


def _need(text: str) -> Need:
    found = _NEED.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return Need(found["name"], float(found["number"]))


_VALUED: dict[str, tuple[Callable[[str], Any], str]] = {
    "exclusive": (_name, "@exclusive.NAME with letters, digits, - and _"),
    "shared": (_name, "@shared.NAME with letters, digits, - and _"),
    "needs": (_need, "@needs.NAME.N with a number N, such as @needs.cpu.2"),
    "priority": (float, "@priority.N with a number N"),
    "flaky": (_count, "@flaky.N with a whole number N from 1 on"),
    "must_pass": (_count, "@must_pass.N with a whole number N from 1 on"),
    "timeout": (read_limit, f"@timeout.T with T {DURATIONS}, or none"),
}
