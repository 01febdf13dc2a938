"""The place and the policy of a spec. A worker needs no more of the plan, so this imports none of the settings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from maidenhair.engine.model import Container, Feature, Item, Outline, Scenario

Path = tuple[int, ...]
AFTER_ORDERED = "a spec before it failed in an @ordered feature or rule"


class SpecId(NamedTuple):
    """A scenario's place: the number of its feature in the run, and the indexes that lead to it there."""

    feature: int
    path: Path

    def __str__(self) -> str:
        return ".".join(map(str, (self.feature, *self.path)))


class Policy(NamedTuple):
    """How a spec is judged: tried `attempts` times at most, passed after `passes` passes; `timeout` in seconds."""

    attempts: int = 1
    passes: int = 1
    timeout: float | None = None


def walk(features: Sequence[Feature]) -> Iterator[tuple[SpecId, Scenario]]:
    """Yield every scenario of the features, with its place."""
    for number, feature in enumerate(features):
        for path, scenario in _walk_items(feature):
            yield SpecId(number, path), scenario


def containers_of(feature: Feature) -> Iterator[Container]:
    """Yield a feature and the rules in it."""
    yield feature
    yield from feature.iter_rules()


def find(feature: Feature, path: Path) -> tuple[list[Container | Outline], Scenario]:
    """Return the containers around the scenario at a place of a feature, outermost first, and the scenario.

    Raises:
        LookupError: there is no scenario.
    """
    containers: list[Container | Outline] = []
    item: Feature | Item = feature
    for index in path:
        if item.type == "scenario":
            raise LookupError(f"no scenario is at {path} of {feature.filename}")
        containers.append(item)
        item = (item.scenarios if item.type == "scenario_outline" else item.run_items)[index]
    if item.type != "scenario":
        raise LookupError(f"no scenario is at {path} of {feature.filename}")
    return containers, item


def leave_out(scenario: Scenario, reason: str | None = None) -> None:
    """Mark a scenario as skipped; a reason is listed at the end of the run."""
    # Given to behave, the reason would be logged as a warning.
    scenario.skip()
    scenario.skip_reason = reason


def _walk_items(container: Container) -> Iterator[tuple[Path, Scenario]]:
    for index, item in enumerate(container.run_items):
        if item.type == "rule":
            for path, scenario in _walk_items(item):
                yield (index, *path), scenario
        elif item.type == "scenario_outline":
            for row, scenario in enumerate(item.scenarios):
                yield (index, row), scenario
        else:
            yield (index,), item
