"""How busy the whole suite keeps the processors, and what a statement of the contract costs beside an earlier revision.

Seconds of the processors are those of the whole machine, so nothing else should run. Every measurement has a cluster of
its own, which is removed afterwards.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import psutil

from bench.costs import Costs, cpu_by_program
from maidenhair.config.engine import cores
from maidenhair.docgen.traceability import (
    CONTRACT,
    FEATURES,
    Statement,
    read_contract,
    read_scenarios,
)

ROOT = Path(__file__).resolve().parent.parent
CLUSTER = f"whole-{os.getpid()}"
ALIKE = 0.6
"""The least similarity of two texts of one statement, from 0 to 1. Revisions word statements differently."""
MOST_WALL = 1.15
MOST_PER_STATEMENT = 0.75
RUN_SECONDS = 3600.0
COUNTS = re.compile(r"^\d+ passed, \d+ failed, \d+ skipped.*$", re.M)


@dataclass(frozen=True)
class Measured:
    """The costs of one run.

    Attributes:
        name: what ran.
        seconds: from the start of the command to its end.
        cpu: seconds of the machine's processors meanwhile.
        counts: the closing line of the run.
        programs: CPU-seconds by program, without those of programs that ended before the run did.
    """

    name: str
    seconds: float
    cpu: float
    counts: str
    programs: Costs

    @property
    def wall_ratio(self) -> float:
        """The wall time, compared with that of processors that are always busy."""
        return self.seconds / (self.cpu / cores())


def whole_suite() -> Measured:
    """Measure a run of all features on a new cluster."""
    with _cluster(ROOT):
        return _run("all features", ROOT, [])


def same_statements(parent: Path) -> tuple[Measured, Measured]:
    """Measure the specs of the statements that this checkout and another show.

    Args:
        parent: the other checkout, with its environment (`make environment`).

    Returns:
        The run of this checkout, and that of the other.
    """
    pairs = pair(_statements(ROOT), _statements(parent))
    measured = []
    for number, (name, checkout) in enumerate((("this checkout", ROOT), (parent.name, parent))):
        locations = _locations(checkout, [both[number] for both in pairs])
        with _cluster(checkout):
            measured.append(_run(f"{len(pairs)} statements, {name}", checkout, locations))
    return measured[0], measured[1]


def pair(
    ours: Sequence[Sequence[Statement]], theirs: Sequence[Sequence[Statement]]
) -> list[tuple[Statement, Statement]]:
    """Pair the statements of two revisions that say the same, the most alike first. Each is in one pair at most.

    Args:
        ours: the statements of one revision, by part of the contract.
        theirs: those of the other, with its parts in the same order.
    """
    pairs = []
    for left, right in zip(ours, theirs, strict=True):
        found = sorted(
            ((_likeness(one, other), one, other) for one in left for other in right),
            key=lambda each: -each[0],
        )
        paired: set[Statement] = set()
        others: set[Statement] = set()
        for likeness, one, other in found:
            if likeness >= ALIKE and one not in paired and other not in others:
                paired.add(one)
                others.add(other)
                pairs.append((one, other))
    return pairs


def table(measured: Sequence[Measured]) -> Iterator[str]:
    """Yield the lines of a table of runs."""
    yield "| run | wall s | CPU s | wall : CPU / cores | |"
    yield "|---|---:|---:|---:|---|"
    for each in measured:
        row = (each.name, f"{each.seconds:.0f}", f"{each.cpu:.0f}", f"{each.wall_ratio:.2f}")
        yield f"| {' | '.join((*row, each.counts))} |"


def goals(whole: Measured, same: tuple[Measured, Measured] | None) -> Iterator[str]:
    """Yield the lines of the goals."""
    yield _goal("wall time of all features : CPU-seconds / cores", whole.wall_ratio, MOST_WALL)
    if same is not None:
        ours, theirs = same
        ratio = ours.cpu / theirs.cpu
        yield _goal("CPU-seconds per statement : the other checkout", ratio, MOST_PER_STATEMENT)


def _goal(what: str, ratio: float, most: float) -> str:
    return f"| {what} | {ratio:.2f} | {most} | {'met' if ratio <= most else 'missed'} |"


def _likeness(one: Statement, other: Statement) -> float:
    return SequenceMatcher(None, one.says, other.says, autojunk=False).ratio()


def _statements(checkout: Path) -> list[tuple[Statement, ...]]:
    return [part.statements for part in read_contract(checkout / CONTRACT)]


def _locations(checkout: Path, statements: Sequence[Statement]) -> list[str]:
    lines: Mapping[str, int] = read_scenarios(checkout / FEATURES)
    names = dict.fromkeys(name for each in statements for name in each.shown_by)
    return [f"{FEATURES}/{name.partition(': ')[0]}:{lines[name]}" for name in names]


@contextmanager
def _cluster(checkout: Path) -> Iterator[None]:
    """Start a cluster with the systems for a checkout, and remove it after the `with` block."""
    _maidenhair(checkout, "setup")
    try:
        # Earlier revisions always deploy.
        deploy = (
            ["--deploy"] if "--deploy" in _maidenhair(checkout, "cluster", "up", "--help") else []
        )
        _maidenhair(checkout, "cluster", "up", *deploy)
        yield
    finally:
        _maidenhair(checkout, "cluster", "down")


def _run(name: str, checkout: Path, locations: Sequence[str]) -> Measured:
    programs = Costs(cpu=cpu_by_program(CLUSTER))
    before, began = _busy(), time.monotonic()
    output = _maidenhair(checkout, "run", "-j", "auto", "-f", "plain", *locations)
    seconds, cpu = time.monotonic() - began, _busy() - before
    programs = Costs(cpu=cpu_by_program(CLUSTER)).since(programs)
    counts = COUNTS.findall(output)[-1]
    # Printed at once, because the next run may fail.
    print(f"{name}: {seconds:.0f} s, {cpu:.0f} CPU s, {counts}", flush=True)
    return Measured(name, seconds, cpu, counts, programs)


def _busy() -> float:
    """Return the seconds that all processors of the machine have worked since it started."""
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.irq + times.softirq)


def _maidenhair(checkout: Path, *arguments: str) -> str:
    """Run the command of a checkout, which uses a cluster of its own, and return its output."""
    done = subprocess.run(
        [checkout / ".venv/bin/maidenhair", *arguments],
        cwd=checkout,
        env={**os.environ, "MAIDENHAIR_CLUSTER_NAME": CLUSTER},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=RUN_SECONDS,
    )
    if done.returncode != 0:
        sys.exit(f"{' '.join(arguments[:2])} in {checkout} failed:\n{done.stdout[-6000:]}")
    return done.stdout
