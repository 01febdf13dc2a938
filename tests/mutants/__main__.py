"""Plant each fault in turn, run the specs of its area, and print which faults no spec noticed.

python -m tests.mutants [--system hami|skytorch] [--only TEXT] [--within SECONDS] [--cluster NAME]
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from maidenhair.systems.registry import load_run_settings
from tests.mutants.mutant import SYSTEMS, MalformedMutant, Mutant, mutants
from tests.mutants.planting import DoesNotStart, plant
from tests.mutants.results import Result, append, read, table
from tests.mutants.specs import Specs
from tests.mutants.verdict import INVALID, KILLED, SURVIVED, Verdict, failure, judge
from tests.project import ROOT

PASSED, FAILED = "passed", "failed"


@dataclass(frozen=True)
class Options:
    """The command line: which faults, on which cluster."""

    system: list[str] | None
    only: list[str]
    within: float
    cluster: str
    results: Path | None
    check: bool


def main(arguments: Sequence[str]) -> int:
    """Judge the faults that the arguments select. Return 1 if one survived or is invalid."""
    options = parse(arguments)
    os.chdir(ROOT)
    settings = load_run_settings({"cluster_name": options.cluster})
    outcomes: list[str] = []
    with Specs.on(settings) as specs:
        for system in options.system or SYSTEMS:
            chosen = [each for each in mutants(system) if is_chosen(each, options.only)]
            if options.check:
                outcomes += check(specs, system, chosen, options.within)
            else:
                outcomes += judge_all(specs, system, chosen, options)
            if chosen:
                plant(specs.kube, system, None)
    if options.results is not None and options.results.exists():
        print(table(read(options.results)))
    print(f"{len(outcomes)} {'areas' if options.check else 'faults'}: {_summary(outcomes)}")
    return int(not set(outcomes) <= {KILLED, PASSED})


def parse(arguments: Sequence[str]) -> Options:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    add = parser.add_argument
    add("--system", choices=SYSTEMS, action="append")
    add("--only", action="append", default=[], help="only faults whose name contains this text")
    add("--within", type=float, default=15.0, help="the longest wait of a step, in seconds")
    add("--cluster", default="mutants", help="the name of the cluster; it is started if need be")
    add("--results", type=Path, help="a file to append each verdict to, in JSON")
    add("--check", action="store_true", help="plant nothing: the specs of all areas must pass")
    return Options(**vars(parser.parse_args(arguments)))


def is_chosen(mutant: Mutant, only: Sequence[str]) -> bool:
    """Return whether the command line selects a fault."""
    return not only or any(text in mutant.name for text in only)


def judge_all(
    specs: Specs, system: str, chosen: Sequence[Mutant], options: Options
) -> Iterator[str]:
    """Yield the outcome of each fault, and print it."""
    for number, mutant in enumerate(chosen, 1):
        begin = time.monotonic()
        verdict = verdict_on(specs, system, mutant, options.within)
        seconds = round(time.monotonic() - begin)
        print(f"{number}/{len(chosen)} {verdict.outcome:8} {seconds:4} s  {mutant.name}")
        print(f"    {verdict.evidence}")
        if verdict.outcome != KILLED:
            print(f"    standins/{mutant.file}; a user suffers: {mutant.suffers}")
        sys.stdout.flush()
        if options.results is not None:
            area = mutant.area[0].partition(": ")[0]
            append(
                options.results,
                Result(system, mutant.name, area, verdict.outcome, verdict.evidence, seconds),
            )
        yield verdict.outcome


def verdict_on(specs: Specs, system: str, mutant: Mutant, within: float) -> Verdict:
    """Plant a fault, and run the specs of its area until one fails."""
    try:
        locations = mutant.locations()
        plant(specs.kube, system, mutant)
    except (MalformedMutant, DoesNotStart) as error:
        return Verdict(INVALID, str(error))
    return judge(specs.run(locations, within))


def check(specs: Specs, system: str, chosen: Sequence[Mutant], within: float) -> Iterator[str]:
    """Yield whether the specs of each area pass without a fault."""
    plant(specs.kube, system, None)
    for area in dict.fromkeys(location for each in chosen for location in each.locations()):
        begin = time.monotonic()
        failed = failure(specs.run([area], within))
        outcome = FAILED if failed else PASSED
        print(f"{outcome} {time.monotonic() - begin:4.0f} s  {area}  {failed or ''}", flush=True)
        yield outcome


def _summary(outcomes: Sequence[str]) -> str:
    counts = {KILLED: 0, SURVIVED: 0} if not {PASSED, FAILED} & set(outcomes) else {}
    counts |= {each: outcomes.count(each) for each in outcomes}
    return ", ".join(f"{count} {outcome}" for outcome, count in counts.items())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
