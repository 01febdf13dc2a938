"""Lists the specs of a suite without running any."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from behave.configuration import Configuration
from behave.runner_util import collect_feature_locations

from maidenhair.config.engine import engine_settings
from maidenhair.engine.model import Config, Feature
from maidenhair.engine.planning.durations import expected_seconds, read_durations
from maidenhair.engine.planning.history import load_history
from maidenhair.engine.planning.places import walk
from maidenhair.engine.planning.sources import read_features
from maidenhair.engine.planning.specs import key_of
from maidenhair.engine.planning.tags import tags_of

FORMATS = ("indent", "json", "csv")


@dataclass(frozen=True)
class Line:
    """A spec of the outline.

    Attributes:
        feature, rule: the names of what it is in; a rule is empty where there is none.
        name: its name.
        location: its file and line.
        tags: its tags and those of its rule and feature, with commas.
        state: "runs", "pending", "skip", "focus", or "not selected".
        seconds: how long it took last, or according to the file of durations; None where that is not known.
    """

    feature: str
    rule: str
    name: str
    location: str
    tags: str
    state: str
    seconds: float | None


def outline(arguments: Sequence[str], format: str) -> str:
    """Return the outline of what behave's arguments name.

    Args:
        arguments: paths, tags and other options of behave's.
        format: one of `FORMATS`.

    Raises:
        ConfigurationError: a setting or a tag is wrong.
    """
    config = Configuration(list(arguments))
    locations = collect_feature_locations(config.paths or ["features"])
    wanted = [location for location in locations if not config.exclude(location)]
    features = read_features(wanted, config.lang, fail_fast=True).features
    settings = engine_settings(config)
    durations = expected_seconds(read_durations(settings.durations), load_history(settings.history))
    lines = list(_lines(features, config, durations))
    if format == "json":
        return json.dumps([asdict(line) for line in lines], indent=2)
    if format == "csv":
        text = io.StringIO()
        names = list(Line.__dataclass_fields__)
        writer = csv.DictWriter(text, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(line) for line in lines)
        return text.getvalue().rstrip("\n")
    return "\n".join(_indented(lines))


def _lines(
    features: Sequence[Feature], config: Config, durations: Mapping[str, float]
) -> Iterator[Line]:
    for _, scenario in walk(features):
        tags = tags_of(scenario)
        state = "runs"
        if not scenario.should_run(config):
            state = "not selected"
        else:
            for name in ("pending", "skip", "focus"):
                if getattr(tags, name):
                    state = name
                    break
        parent = scenario.parent
        if parent.type == "scenario_outline":
            parent = parent.parent
        yield Line(
            scenario.feature.name,
            parent.name if parent.type == "rule" else "",
            scenario.name,
            str(scenario.location),
            ",".join(sorted(scenario.effective_tags)),
            state,
            durations.get(key_of(scenario)),
        )


def _indented(lines: Sequence[Line]) -> Iterator[str]:
    feature = rule = None
    for line in lines:
        if line.feature != feature:
            feature, rule = line.feature, ""
            yield line.feature
        if line.rule != rule:
            rule = line.rule
            yield f"  {line.rule}"
        indent = "    " if line.rule else "  "
        state = "" if line.state == "runs" else f"  ({line.state})"
        yield f"{indent}{line.name}  # {line.location}{state}"
