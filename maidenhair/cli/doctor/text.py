"""A diagnosis in words, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from maidenhair.cli.doctor.diagnosis import Diagnosis
from maidenhair.cli.doctor.machine import Check

NONE = "-"
NAME_WIDTH = 16


def text(diagnosis: Diagnosis) -> str:
    """Return the tables of a diagnosis: components, the machine, and the ways to run specs."""
    heading = f"For {diagnosis.provider}, profile {diagnosis.profile}, Kubernetes {diagnosis.kubernetes_version}"
    components = [
        (row.name, row.version or NONE, row.source or NONE, row.missing, row.command)
        for row in diagnosis.components
    ]
    ways = [(way.name + (" (chosen)" if way.chosen else ""), way.state) for way in diagnosis.ways]
    parts = [
        [heading, *_table(("component", "version", "source", "missing", "command"), components)],
        ["machine", *(line for check in diagnosis.machine for line in _check(check))],
        _table(("way to run specs", "state"), ways),
    ]
    return "\n\n".join("\n".join(part) for part in parts)


def _check(check: Check) -> Iterator[str]:
    """Give the lines of one thing of the machine: what there is, what is missing, what that costs, what helps."""
    first = "; ".join(filter(None, [check.found, check.missing and f"missing: {check.missing}"]))
    yield f"{check.name:{NAME_WIDTH}}  {first}"
    if check.missing:
        yield f"{'':{NAME_WIDTH}}  without it: {check.without}"
        yield f"{'':{NAME_WIDTH}}  {check.command}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return list(_lines([head, *rows]))


def _lines(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)]
        yield "  ".join(cells).rstrip()
