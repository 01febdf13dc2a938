"""The results of faults: a file of them, and their table."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.mutants.verdict import KILLED


@dataclass(frozen=True)
class Result:
    """The verdict on one fault.

    Attributes:
        system: the system of the stand-in.
        name: the name of the fault.
        area: the feature whose specs ran first.
        outcome: as in `Verdict`.
        evidence: as in `Verdict`.
        seconds: the time for planting the fault and running the specs.
    """

    system: str
    name: str
    area: str
    outcome: str
    evidence: str
    seconds: int


def append(file: Path, result: Result) -> None:
    """Append a result to a file, as a line of JSON."""
    with file.open("a") as lines:
        lines.write(json.dumps(asdict(result)) + "\n")


def read(file: Path) -> list[Result]:
    """Return the last result of each fault in a file."""
    every = [Result(**json.loads(line)) for line in file.read_text().splitlines()]
    return list({(each.system, each.name): each for each in every}.values())


def table(results: Iterable[Result]) -> str:
    """Return a table in Markdown: the number of faults of each area, and of those that specs noticed."""
    areas: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for each in results:
        areas[each.system, each.area].append(each)
    rows = [
        f"| {system} | {area} | {len(found)} | {_killed(found)} |"
        for (system, area), found in sorted(areas.items())
    ]
    every = [each for found in areas.values() for each in found]
    total = f"| all | | {len(every)} | {_killed(every)} |"
    return "\n".join(["| stand-in | area | faults | killed |", "|---|---|---|---|", *rows, total])


def _killed(results: Iterable[Result]) -> int:
    return sum(each.outcome == KILLED for each in results)
