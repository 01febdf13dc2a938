"""Checks the report of a run by several workers that stopped early, beside that of behave.

The specs that ran depend on the moment. Whatever the moment:

- the run ends in order, and its reports are valid;
- each planned spec has exactly one result, and the JUnit report has as many specs of each feature as behave's;
- a spec that behave ran before the stop is reported as by behave, or is untested.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from maidenhair.errors import EventsError
from maidenhair.events import read_run

from .comparison import comparable_json, defects, difference
from .runs import Report


def stopped_differences(behave: Report, engine: Report) -> list[str]:
    """Describe what is wrong with a run by workers that stopped; the list is empty if nothing is."""
    found = [*defects(engine), *_missing_results(engine)]
    if not found and not behave.crashed:
        found += [*_other_counts(behave, engine), *_other_specs(behave, engine)]
    return found


def _missing_results(engine: Report) -> Iterator[str]:
    if engine.events is None:
        yield "no events"
        return
    try:
        run = read_run(engine.events)
    except EventsError as error:
        yield str(error)
        return
    for spec in run.not_ended:
        yield f"no result of the planned spec {spec.file}:{spec.line}: {spec.name}"
    if run.ended is None:
        yield "the events do not say that the run ended"


def _other_counts(behave: Report, engine: Report) -> Iterator[str]:
    for name, expected in behave.junit.items():
        root = engine.junit.get(name)
        if expected is None or root is None:
            # A feature of which all specs are skipped has no report.
            continue
        counts = [len(each.findall("testcase")) for each in (expected, root)]
        if counts[0] != counts[1]:
            yield f"{name}: behave reports {counts[0]} specs, the engine {counts[1]}"


def _other_specs(behave: Report, engine: Report) -> Iterator[str]:
    ours = _specs(engine)
    for place, expected in _specs(behave).items():
        spec = ours.get(place)
        tested = spec is not None and spec.get("status") != "untested"
        if tested and expected.get("status") != "untested":
            yield from difference(place, comparable_json(expected), comparable_json(spec))


def _specs(report: Report) -> dict[str, dict[str, Any]]:
    """Return the specs in a JSON report, by their locations."""
    try:
        features = json.loads(report.files.get("json", ""))
    except ValueError:
        # behave ends in the middle of it at an exit.
        return {}
    found = {}
    for feature in features:
        before: dict[str, Any] = {}
        for element in feature.get("elements", ()):
            if element["type"] == "scenario":
                found[element["location"]] = element
            elif before.get("status") is None and "status" in element:
                # behave puts the status of the spec before a rule into the background of the rule, which workers may
                # have entered after the stop.
                before["status"] = element["status"]
            before = element
    return found
