"""Which specs a run has, and in which units they are handed out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from maidenhair.config.engine import EngineSettings
from maidenhair.engine.model import Config, Container, Feature, Outline, Scenario
from maidenhair.engine.planning.places import (
    Path,
    Policy,
    SpecId,
    containers_of,
    find,
    walk,
)
from maidenhair.engine.planning.tags import Tags, ordered, tags_of


@dataclass(frozen=True, eq=False, slots=True)
class Planned:
    """A spec that is to run.

    Attributes:
        id: its place.
        scenario: behave's model of it.
        tags: what its tags ask for.
        policy: how it is judged.
    """

    id: SpecId
    scenario: Scenario = field(repr=False)
    tags: Tags
    policy: Policy

    @property
    def key(self) -> str:
        """Return the name that stays the same from run to run."""
        return key_of(self.scenario)


@dataclass(frozen=True, eq=False)
class Unit:
    """Specs that one worker runs one after another: a scenario, or an ordered feature or rule.

    Attributes:
        specs: the specs, in order.
        stops: whether the rest is skipped once one has failed.
        ordered: whether it is an ordered feature or rule.
    """

    specs: tuple[Planned, ...]
    stops: bool = False
    ordered: bool = False

    @cached_property
    def serial(self) -> bool:
        """Return whether it runs alone."""
        return any(spec.tags.serial for spec in self.specs)

    @cached_property
    def priority(self) -> float:
        """Return the highest priority of its specs."""
        return max(spec.tags.priority for spec in self.specs)

    @cached_property
    def exclusive(self) -> frozenset[str]:
        """Return the locks that it holds alone."""
        return frozenset().union(*(spec.tags.exclusive for spec in self.specs))

    @cached_property
    def shared(self) -> frozenset[str]:
        """Return the locks that it holds with others."""
        shared: frozenset[str] = frozenset().union(*(spec.tags.shared for spec in self.specs))
        return shared - self.exclusive

    @cached_property
    def needs(self) -> dict[str, float]:
        """Return the most that a spec of it needs, by name."""
        needs: dict[str, float] = {}
        for spec in self.specs:
            for name, amount in spec.tags.needs.items():
                needs[name] = max(amount, needs.get(name, 0.0))
        return needs

    @cached_property
    def simple(self) -> bool:
        """Return whether it may run beside any other unit."""
        return not (self.serial or self.ordered or self.exclusive or self.shared or self.needs)


def key_of(scenario: Scenario) -> str:
    """Return a scenario's name from run to run: its file and its name, which outlive a changed line."""
    # Several parts of the run store it.
    return sys.intern(f"{scenario.filename}: {scenario.name}")


def plan(features: Sequence[Feature], config: Config, settings: EngineSettings) -> list[Planned]:
    """Return the specs that behave would run, in its order.

    Raises:
        ConfigurationError: a tag is malformed.
    """
    planned = []
    for spec, scenario in walk(features):
        tags = tags_of(scenario)
        if scenario.should_run(config) and _wanted(scenario, config):
            planned.append(Planned(spec, scenario, tags, _policy(tags, settings)))
    return planned


def units(features: Sequence[Feature], specs: Sequence[Planned]) -> list[Unit]:
    """Return the specs in units, in the order of the first of each.

    Raises:
        ConfigurationError: a tag is malformed.
    """
    containers = (each for feature in features for each in containers_of(feature))
    # Looked at one by one, so that a malformed tag is found wherever it is.
    if not [kind for kind in map(ordered, containers) if kind]:
        return [Unit((spec,)) for spec in specs]
    grouped: dict[tuple[int, Path], list[Planned]] = {}
    kinds: dict[tuple[int, Path], str | None] = {}
    for spec in specs:
        around, _ = find(features[spec.id.feature], spec.id.path)
        key, kind = (spec.id.feature, spec.id.path), None
        for depth, container in enumerate(around):
            kind = None if container.type == "scenario_outline" else ordered(container)
            if kind:
                key = (spec.id.feature, spec.id.path[:depth])
                break
        # A feature's own path is empty; no scenario has that path, so keys do not clash.
        grouped.setdefault(key, []).append(spec)
        kinds[key] = kind
    return [
        Unit(tuple(group), kinds[key] == "ordered", kinds[key] is not None)
        for key, group in grouped.items()
    ]


def _wanted(scenario: Scenario, config: Config) -> bool:
    # behave leaves an outline out whose rows' names do not match; should_run asks only about the row.
    level: Container | Outline | None = scenario.parent
    while level is not None:
        if level.should_skip:
            return False
        level = level.parent
    return bool(scenario.should_run_with_name_select(config))


def _policy(tags: Tags, settings: EngineSettings) -> Policy:
    return Policy(
        attempts=tags.flaky or (1 if tags.must_pass else settings.flake_attempts),
        passes=(tags.must_pass or 1) * settings.repeat,
        timeout=tags.timeout[0] if tags.timeout else settings.timeout,
    )
