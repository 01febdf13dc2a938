"""Run all features with each combination of versions, and renew docs/versions.md.

python -m tests.matrix [--python VERSION]... [--kubernetes VERSION]... [--behave ARGUMENTS]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from maidenhair.config.cluster import KUBERNETES_VERSIONS
from tests.matrix.cell import Cell, Result, run
from tests.matrix.checkout import copy_checkout
from tests.matrix.page import page
from tests.project import ROOT

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PAGE = ROOT / "docs/versions.md"
LOGS = ROOT / "artifacts/matrix"


def main(arguments: Sequence[str]) -> int:
    """Run what the arguments select. Return 1 if a combination failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.matrix", description=__doc__)
    parser.add_argument(
        "--python", action="append", help="a version or a path; default: 3.11 to 3.14"
    )
    parser.add_argument("--kubernetes", action="append", help="a version; default: all known")
    parser.add_argument(
        "--behave", default="", help="arguments for behave; the page is not renewed"
    )
    options = parser.parse_args(arguments)
    cells = [
        Cell(python, kubernetes)
        for kubernetes in options.kubernetes or KUBERNETES_VERSIONS
        for python in options.python or PYTHONS
    ]
    LOGS.mkdir(parents=True, exist_ok=True)
    results = []
    for number, cell in enumerate(cells, 1):
        log = LOGS / f"{cell.kubernetes}-{cell.python.replace('/', '-').strip('-')}.log"
        result = run_in_copy(cell, log, options.behave)
        results.append(result)
        print(
            f"{number}/{len(cells)} {cell}: {result.result} ({result.minutes} min; {log})",
            flush=True,
        )
        if not options.behave:
            PAGE.write_text(page(PAGE.read_text() if PAGE.exists() else "", [result]))
    return int(not all(result.passed for result in results))


def run_in_copy(cell: Cell, log: Path, behave: str) -> Result:
    """Run one combination in a copy of the checkout."""
    with tempfile.TemporaryDirectory(prefix="maidenhair-matrix-") as folder:
        copy_checkout(Path(folder))
        return run(cell, Path(folder), log, behave)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
