"""The plan as run events: what runs, what does not, and the fingerprint of the whole."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from maidenhair.config.engine import EngineSettings
from maidenhair.engine.model import Config, Feature, Scenario, Step
from maidenhair.engine.planning.places import SpecId, walk
from maidenhair.engine.planning.selection import Selection
from maidenhair.engine.planning.specs import Unit
from maidenhair.events import Division, PlannedStep, SpecLeftOut, SpecPlanned, fingerprint_of


class PublishedPlan:
    """The specs of a run, with the ids that run events have for them.

    Args:
        features: all features.
        selection: the specs that run.
        settings: the engine's settings.
        config: behave's configuration.
        durations: the digest of the durations that balance shards.

    Attributes:
        division: the whole plan, and the shard that runs.
        planned: the specs that run.
        left_out: the specs that run in no shard.
        ids: the id in run events of each spec that runs, by the number of the scenario's object.
    """

    def __init__(
        self,
        features: Sequence[Feature],
        selection: Selection,
        settings: EngineSettings,
        config: Config,
        durations: str,
    ) -> None:
        self._paths = [Path(os.path.relpath(each.filename)).as_posix() for each in features]
        self._ids_by_place = _spec_ids(features, self._paths)
        whole = list(self._planned(selection.whole))
        specs = [spec for unit in selection.units for spec in unit.specs]
        self.ids = {id(spec.scenario): self._ids_by_place[spec.id] for spec in specs}
        selects = _selection_of(settings, config)
        shard, shards = (settings.shard.index, settings.shard.count) if settings.shard else (1, 1)
        self.division = Division(
            fingerprint_of(whole, shards, selects, durations),
            len(whole),
            shard,
            shards,
            selects,
            durations,
        )
        here = set(self.ids.values())
        self.planned = [spec for spec in whole if spec.spec in here]
        in_plan = {spec.spec for spec in whole}
        self.left_out = [
            SpecLeftOut(*self._names(spec, scenario), reason=scenario.skip_reason or "")
            for spec, scenario in walk(features)
            if self._ids_by_place[spec] not in in_plan
        ]

    @property
    def notes(self) -> Sequence[str]:
        """Return lines for the end of the run: the shard."""
        if self.division.shards == 1:
            return ()
        shard = f"shard {self.division.shard}/{self.division.shards}"
        specs = f"{len(self.planned)} of {self.division.specs} specs"
        return (f"{shard} of plan {self.division.fingerprint}: {specs}",)

    def _planned(self, units: Sequence[Unit]) -> Iterator[SpecPlanned]:
        specs = [(spec, number) for number, unit in enumerate(units) for spec in unit.specs]
        specs.sort(key=lambda pair: (pair[0].id.feature, pair[0].id.path))
        for number, (spec, unit) in enumerate(specs):
            steps = tuple(map(_planned_step, spec.scenario.all_steps))
            names = self._names(spec.id, spec.scenario)
            yield SpecPlanned(*names, number=number, unit=unit, steps=steps)

    def _names(
        self, spec: SpecId, scenario: Scenario
    ) -> tuple[str, str, str, str, str, int, tuple[str, ...]]:
        return (
            self._ids_by_place[spec],
            scenario.feature.name,
            _rule(scenario),
            scenario.name,
            self._paths[spec.feature],
            scenario.line,
            # behave has them in a set.
            tuple(sorted(map(str, scenario.effective_tags))),
        )


def _spec_ids(features: Sequence[Feature], paths: Sequence[str]) -> dict[SpecId, str]:
    """Return ids that depend on the file, the rule and the name of a spec, and on its number among equal ones."""
    ids: dict[SpecId, str] = {}
    used: dict[str, int] = {}
    for spec, scenario in walk(features):
        text = "\n".join((paths[spec.feature], _rule(scenario), scenario.name))
        used[text] = number = used.get(text, 0) + 1
        ids[spec] = hashlib.sha256(f"{text}\n{number}".encode(errors="replace")).hexdigest()[:16]
    return ids


def _rule(scenario: Scenario) -> str:
    parent = scenario.parent
    if parent.type == "scenario_outline":
        parent = parent.parent
    return parent.name if parent.type == "rule" else ""


def _planned_step(step: Step) -> PlannedStep:
    text, table = step.text, step.table
    rows = () if table is None else (tuple(table.headings), *(tuple(row.cells) for row in table))
    return PlannedStep(
        step.keyword, step.name, step.line, None if text is None else str(text), rows
    )


def _selection_of(settings: EngineSettings, config: Config) -> Mapping[str, str]:
    """Return the options that select specs, as far as they are set."""
    options = {
        "tags": str(config.tag_expression or ""),
        "name": "|".join(config.name or ()),
        "rerun_failed": "yes" if settings.rerun_failed else "",
    }
    return {name: value for name, value in options.items() if value}
