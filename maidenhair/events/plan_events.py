"""The run events about the plan: the specs that run and those that do not."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from maidenhair.events.event import RunEvent


class Division(Struct, frozen=True, omit_defaults=True, gc=False):
    """The plan before its division into shards, and the part of it that a run takes.

    Attributes:
        fingerprint: a digest of the whole plan and of its division. Runs with equal fingerprints belong together.
        specs: the number of specs of the whole plan.
        shard: the number of the shard, from 1.
        shards: the number of shards. 1: the plan is not divided.
        selection: the options that select specs, by name.
        durations: a digest of the durations that balance the shards. Empty without durations.
    """

    fingerprint: str
    specs: int
    shard: int = 1
    shards: int = 1
    selection: Mapping[str, str] = field(default_factory=dict)
    durations: str = ""


class PlannedStep(Struct, frozen=True, omit_defaults=True, gc=False):
    """A step of a planned spec.

    Attributes:
        keyword: the keyword, for example `Given`.
        name: the text after the keyword.
        line: the line in the file.
        text: the text block below the step.
        table: the rows of the table below the step, its headings first.
    """

    keyword: str
    name: str
    line: int
    text: str | None = None
    table: tuple[tuple[str, ...], ...] = ()


class Named(RunEvent, frozen=True, gc=False):
    """Base of events that introduce a spec.

    Attributes:
        spec: the id of the spec. It stays the same from run to run, until the file, the rule or the name changes.
        feature: the name of the feature.
        rule: the name of the rule. Empty without one.
        name: the name of the scenario.
        file: the path of the feature file, with slashes.
        line: the line of the scenario, or of the row of its outline.
        tags: the tags of the scenario, its rule and its feature.
    """

    spec: str
    feature: str
    rule: str
    name: str
    file: str
    line: int
    tags: tuple[str, ...] = ()


class SpecPlanned(Named, frozen=True, gc=False):
    """A spec is in the plan of the run. Exactly one `spec_ended` follows, unless the run is killed.

    Attributes:
        number: the place of the spec in the whole plan, from 0.
        unit: the number of the unit. A worker runs the specs of a unit one after another.
        steps: the steps, with those of backgrounds.
    """

    number: int = 0
    unit: int = 0
    steps: tuple[PlannedStep, ...] = ()


class SpecLeftOut(Named, frozen=True, gc=False):
    """A spec of the features is in no shard's plan: it does not run.

    Attributes:
        reason: the reason, for example `pending`. Empty if it was not selected.
    """

    reason: str = ""
