"""Which of the specs that behave selects run: focus, pending, skip, what failed last, and shards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from maidenhair.config.engine import EngineSettings
from maidenhair.engine.model import Feature
from maidenhair.engine.planning.history import History
from maidenhair.engine.planning.ordering import part_of
from maidenhair.engine.planning.places import containers_of, leave_out
from maidenhair.engine.planning.specs import Planned, Unit, key_of, units
from maidenhair.errors import ConfigurationError

SHOWN_KEYS = 5


@dataclass(frozen=True)
class Selection:
    """The specs that run.

    Attributes:
        units: the specs that run, in units, as defined.
        whole: the units of all shards.
        notes: lines for the end of the run.
        focused: whether @focus left others out.
        pending: how many specs are pending.
    """

    units: Sequence[Unit]
    whole: Sequence[Unit]
    notes: tuple[str, ...] = ()
    focused: bool = False
    pending: int = 0


def select(
    features: Sequence[Feature],
    specs: Sequence[Planned],
    settings: EngineSettings,
    history: History,
    durations: Mapping[str, float],
) -> Selection:
    """Choose what runs, and mark the rest of the specs as skipped.

    Args:
        features: the features.
        specs: the specs that behave selects.
        settings: the engine's settings.
        history: the results of earlier runs.
        durations: seconds that specs take, by key, which balance shards.

    Raises:
        ConfigurationError: a tag is malformed, or what failed last is to run again and cannot.
    """
    notes: list[str] = []
    pending = [spec for spec in specs if spec.tags.pending]
    remaining = []
    for spec in specs:
        if spec.tags.pending or spec.tags.skip:
            leave_out(spec.scenario, "pending" if spec.tags.pending else "@skip")
        else:
            remaining.append(spec)
    focused = any(spec.tags.focus for spec in remaining)
    if focused:
        chosen = [spec for spec in remaining if spec.tags.focus]
        notes.append(
            f"focused: {len(chosen)} of {len(remaining)} specs carry @focus; the others did not run"
        )
        remaining = _keep(remaining, chosen)
    if settings.rerun_failed:
        failed = _failed_before(features, remaining, history)
        remaining = _keep(remaining, failed)
        notes.append(f"only what failed in the last run: {len(remaining)} specs")
    grouped = whole = units(features, remaining)
    if settings.shard is not None:
        grouped = part_of(whole, settings.shard, durations)
        remaining = _keep(remaining, [spec for unit in grouped for spec in unit.specs])
    if len(remaining) < len(specs):
        _leave_out_containers(features, remaining)
    return Selection(grouped, whole, tuple(notes), focused, len(pending))


def present_specs(features: Sequence[Feature]) -> dict[str, set[str]]:
    """Return the keys of all specs in each feature file."""
    return {each.filename: set(map(key_of, each.walk_scenarios())) for each in features}


def _failed_before(
    features: Sequence[Feature], specs: Sequence[Planned], history: History
) -> list[Planned]:
    if history.failed is None:
        raise ConfigurationError(
            f"rerun_failed: no earlier run is known, because {history.path} is missing or malformed; "
            "run without rerun_failed first"
        )
    failed = history.still_failed(present_specs(features))
    chosen = [spec for spec in specs if spec.key in failed]
    if failed and not chosen:
        examples = "".join(f"\n  {key}" for key in failed[:SHOWN_KEYS])
        raise ConfigurationError(
            f"rerun_failed: none of the {len(failed)} specs that failed is selected, so nothing would run; "
            f"change the paths, tags or names, or leave them out. The first that failed:{examples}"
        )
    return chosen


def _keep(specs: Sequence[Planned], chosen: Sequence[Planned]) -> list[Planned]:
    ids = {spec.id for spec in chosen}
    for spec in specs:
        if spec.id not in ids:
            leave_out(spec.scenario)
    return [spec for spec in specs if spec.id in ids]


def _leave_out_containers(features: Sequence[Feature], chosen: Sequence[Planned]) -> None:
    """Have no hooks run for features and rules of which no spec is left."""
    left = {id(spec.scenario) for spec in chosen}
    for feature in features:
        for container in containers_of(feature):
            if not any(id(scenario) in left for scenario in container.walk_scenarios()):
                container.should_skip = True
