"""Which of the specs that behave selects run: focus, pending, skip, what failed last, and shards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from maidenhair.config.engine import EngineSettings
from maidenhair.engine.planning.history import History
from maidenhair.engine.planning.ordering import part_of
from maidenhair.engine.planning.specs import Planned, Unit, leave_out, units


@dataclass(frozen=True)
class Selection:
    """What runs.

    Attributes:
        units: the specs that run, in units, as defined.
        notes: what is told at the end of the run.
        focused: whether @focus left others out.
        pending: how many specs are pending.
    """

    units: Sequence[Unit]
    notes: tuple[str, ...] = ()
    focused: bool = False
    pending: int = 0


def select(
    features: Sequence[Any], specs: Sequence[Planned], settings: EngineSettings, history: History
) -> Selection:
    """Choose what runs, and mark the rest of the specs as skipped.

    Raises:
        ConfigurationError: a tag is malformed.
    """
    notes: list[str] = []
    pending = [spec for spec in specs if spec.tags.pending]
    kept = []
    for spec in specs:
        if spec.tags.pending or spec.tags.skip:
            leave_out(spec.scenario, "pending" if spec.tags.pending else "@skip")
        else:
            kept.append(spec)
    focused = any(spec.tags.focus for spec in kept)
    if focused:
        chosen = [spec for spec in kept if spec.tags.focus]
        notes.append(
            f"focused: {len(chosen)} of {len(kept)} specs carry @focus; the others did not run"
        )
        kept = _keep(kept, chosen)
    if settings.rerun_failed:
        failed = set(history.failed or ())
        kept = _keep(kept, [spec for spec in kept if spec.key in failed])
        notes.append(f"only what failed in the last run: {len(kept)} specs")
    grouped = units(features, kept)
    if settings.shard is not None:
        grouped, fingerprint = part_of(grouped, settings.shard, history.durations)
        kept = _keep(kept, [spec for unit in grouped for spec in unit.specs])
        shard = f"shard {settings.shard.index}/{settings.shard.count}"
        notes.append(f"{shard} of the division {fingerprint}: {len(kept)} specs")
    if len(kept) < len(specs):
        _leave_out_containers(features, kept)
    return Selection(grouped, tuple(notes), focused, len(pending))


def _keep(specs: Sequence[Planned], chosen: Sequence[Planned]) -> list[Planned]:
    ids = {spec.id for spec in chosen}
    for spec in specs:
        if spec.id not in ids:
            leave_out(spec.scenario)
    return [spec for spec in specs if spec.id in ids]


def _leave_out_containers(features: Sequence[Any], kept: Sequence[Planned]) -> None:
    """Have no hooks run for features and rules of which no spec is left."""
    left = {id(spec.scenario) for spec in kept}
    for feature in features:
        for container in (feature, *feature.iter_rules()):
            if not any(id(scenario) in left for scenario in container.walk_scenarios()):
                container.should_skip = True
