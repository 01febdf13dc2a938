"""How long the first set-up takes: of a cluster without systems, and of this project, with all caches empty.

Every cache is in a new folder, as are temporary files and the state of the cluster. What is downloaded comes from the
network. The processor time of a component is that of the programs that make it, sampled twice a second. The time of
maidenhair itself, for example for downloads and images, is in a line of its own. That of the cluster's processes is not
measured. However the measurement ends, a second
process ends all processes, removes the cluster and removes the folder.

The set-up is that of the last commit: uncommitted changes are not part of it.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.empty_caches import ROOT, Measured, Place


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=("cluster", "setup"), help="default: both")
    parser.add_argument(
        "--parent",
        type=Path,
        help="the folder for the new folder (default: that for temporary files)",
    )
    options = parser.parse_args()
    if os.geteuid() != 0:
        parser.error("a cluster with nodes needs root")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    if options.only != "setup":
        print("\n".join(table(measure_cluster(options.parent))), flush=True)
    if options.only != "cluster":
        print("\n".join(table(measure_setup(options.parent))), flush=True)


def measure_cluster(parent: Path | None) -> list[Measured]:
    """Measure the start of a cluster for a project without systems."""
    command = [sys.executable, "-m", "maidenhair", "cluster"]
    options = ["--provider=embedded", f"--name=cold-{os.getpid()}"]
    with Place([*command, "down", *options], parent) as place:
        title = "`maidenhair cluster up` of a project without systems"
        # An empty folder is a project without systems.
        return [place.run(title, [*command, "up", *options], place.folder / "tmp")]


def measure_setup(parent: Path | None) -> list[Measured]:
    """Measure the set-up of a new clone of this project."""
    with Place(parent=parent) as place:
        checkout = place.folder / "checkout"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(checkout)], check=True)
        bootstrap = ["python3", "toolchain/python/bootstrap.py"]
        setup = [".venv/bin/maidenhair", "setup", "--provider=embedded"]
        return [
            place.run("`make environment` of this project", bootstrap, checkout),
            place.run("`maidenhair setup` of this project", setup, checkout),
        ]


def table(measured: Sequence[Measured]) -> Iterator[str]:
    """Yield the lines of a table of commands and their components."""
    yield f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} at the end"
    yield "| what | began after s | wall s | CPU s |"
    yield "|---|---:|---:|---:|"
    for each in measured:
        for name, component in sorted(each.components.items(), key=lambda item: item[1].began):
            wall = component.ended - component.began
            yield f"| {name} | {component.began:.0f} | {wall:.0f} | {component.cpu:.0f} |"
        if each.components:
            rest = each.cpu - sum(component.cpu for component in each.components.values())
            yield f"| maidenhair, images, start | | | {rest:.0f} |"
        yield f"| **{each.title}** | | **{each.wall:.0f}** | **{each.cpu:.0f}** |"
    if len(measured) > 1:
        wall, cpu = sum(each.wall for each in measured), sum(each.cpu for each in measured)
        yield f"| **together** | | **{wall:.0f}** | **{cpu:.0f}** |"


if __name__ == "__main__":
    main()
