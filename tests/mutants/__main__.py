"""Plant each fault in turn, run the specs of its area, and print which faults no spec noticed.

python -m tests.mutants [--system hami|skytorch] [--only TEXT] [--workers N] [--cluster NAME]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.mutants.mutant import MalformedMutant, Mutant, copy_checkout, mutants
from tests.mutants.verdict import INVALID, KILLED, Verdict, judge

SYSTEMS = ("hami", "skytorch")
SECONDS = 900


def main(arguments: Sequence[str]) -> int:
    """Judge the faults that the arguments select. Return 1 if one survived or is invalid."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--system", choices=SYSTEMS, action="append")
    parser.add_argument("--only", default="", help="only faults whose name contains this text")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--cluster", default="mutants", help="the name of the cluster")
    options = parser.parse_args(arguments)
    chosen = [
        each
        for system in options.system or SYSTEMS
        for each in mutants(system)
        if options.only in each.name
    ]
    verdicts: list[tuple[Mutant, Verdict]] = []
    maidenhair("cluster", "up", "--deploy", f"--name={options.cluster}")
    try:
        for number, mutant in enumerate(chosen, 1):
            begin = time.monotonic()
            verdict = verdict_on(mutant, options.cluster, options.workers)
            verdicts.append((mutant, verdict))
            seconds = time.monotonic() - begin
            print(f"{number}/{len(chosen)} {verdict.outcome:8} {seconds:4.0f} s  {mutant.name}")
            if verdict.outcome != KILLED:
                print(f"    {mutant.file}: {verdict.evidence}\n    suffers: {mutant.suffers}")
            sys.stdout.flush()
    finally:
        maidenhair("cluster", "down", f"--name={options.cluster}")
    killed = sum(verdict.outcome == KILLED for _, verdict in verdicts)
    invalid = sum(verdict.outcome == INVALID for _, verdict in verdicts)
    survived = len(verdicts) - killed - invalid
    print(f"{len(verdicts)} faults: {killed} killed, {survived} survived, {invalid} invalid")
    return int(killed < len(verdicts))


def verdict_on(mutant: Mutant, cluster: str, workers: int) -> Verdict:
    """Plant a fault in a copy of the checkout, and run the specs of its area until one fails."""
    with tempfile.TemporaryDirectory(prefix="maidenhair-mutant-") as folder:
        checkout = Path(folder)
        copy_checkout(checkout)
        try:
            mutant.plant(checkout)
        except MalformedMutant as malformed:
            return Verdict(INVALID, str(malformed))
        report = checkout / "report.json"
        maidenhair(
            "run",
            *("-j", str(workers), "--stop", "--no-summary", "-f", "json", "-o", str(report)),
            *mutant.area,
            folder=checkout,
            environment={"MAIDENHAIR_CLUSTER_NAME": cluster, "MAIDENHAIR_HISTORY": os.devnull},
            check=False,
        )
        return judge(_load(report))


def maidenhair(
    *arguments: str,
    folder: Path | None = None,
    environment: dict[str, str] | None = None,
    check: bool = True,
) -> None:
    """Run a command of maidenhair with the code of a folder; default: the current one."""
    subprocess.run(
        # A folder's own code comes before the installed one.
        [sys.executable, "-m", "maidenhair", *arguments],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL if folder else None,
        stderr=subprocess.DEVNULL if folder else None,
        check=check,
        timeout=SECONDS,
    )


def _load(report: Path) -> list[dict[str, Any]] | None:
    try:
        loaded: list[dict[str, Any]] = json.loads(report.read_text())
    except (OSError, ValueError):
        return None
    return loaded


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
