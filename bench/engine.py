"""How fast the engine runs suites, beside behave itself and BehaveX, in the same run on the same suites.

BehaveX is installed into an environment of its own for the measurement, and is no dependency of anything. Nothing is
judged but by the goals that the table names; each figure is a ratio of two measurements of this run.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

BEHAVEX = "behavex==4.6.8"
ENGINE = ("-r", "maidenhair.engine:Runner")
STEPS = """
import time
from behave import step

@step("nothing")
def nothing(context):
    pass

@step("a wait of {seconds:g} s")
def wait(context, seconds):
    time.sleep(seconds)
"""


@dataclass(frozen=True)
class Ratio:
    """A figure: what is compared, the ratio that was measured, and what it should be."""

    name: str
    measured: float
    goal: str
    met: bool


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--runs", type=int, default=3, help="how often each is measured (%(default)s)"
    )
    parser.add_argument("--empty", type=int, default=5000, help="empty scenarios (%(default)s)")
    parser.add_argument("--listed", type=int, default=100_000, help="listed specs (%(default)s)")
    parser.add_argument("--waits", type=int, default=200, help="half-second waits (%(default)s)")
    parser.add_argument("--without-behavex", action="store_true", help="leave the peer out")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="maidenhair-bench-") as folder:
        bench = Bench(Path(folder), options.runs, not options.without_behavex)
        ratios = [*bench.empty(options.empty), *bench.waits(options.waits), bench.memory()]
        ratios.append(bench.outline(options.listed))
    print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}, {options.runs} runs")
    print("\n".join(table(ratios)))


def table(ratios: Sequence[Ratio]) -> Sequence[str]:
    """Return the lines of the table."""
    lines = ["| figure | ratio | goal | |", "|---|---:|---|---|"]
    for ratio in ratios:
        verdict = "met" if ratio.met else "missed"
        lines.append(f"| {ratio.name} | {ratio.measured:.2f} | {ratio.goal} | {verdict} |")
    return lines


class Bench:
    """The measurements.

    Args:
        folder: where suites and reports go.
        runs: how often each is measured; the median counts.
        with_behavex: whether the peer is measured too.
    """

    def __init__(self, folder: Path, runs: int, with_behavex: bool) -> None:
        self._folder = folder
        self._runs = runs
        self._behavex = _install_behavex(folder / "behavex") if with_behavex else None

    def empty(self, count: int) -> list[Ratio]:
        """Compare empty scenarios with one job: the time per scenario beyond that of an empty suite."""
        suite = self._suite("empty", count, "Given nothing", per_feature=50, steps=3)
        nothing = self._suite("nothing", 1, "Given nothing")
        plain = self._median(suite, []) - self._median(nothing, [])
        ours = self._median(suite, [*ENGINE]) - self._median(nothing, [*ENGINE])
        print(f"{count} empty scenarios: behave {plain:.2f} s, engine {ours:.2f} s")
        ratios = [
            Ratio(
                "per scenario with one job, engine : behave",
                ours / plain,
                "<= 1.3",
                ours <= 1.3 * plain,
            )
        ]
        alone, one = self._median(suite, []), self._median(suite, [*ENGINE])
        parallel = self._median(suite, [*ENGINE, "-j", "2"])
        for name, measured, goal in (("one job", one, 1.15), ("2 workers", parallel, 1.3)):
            ratio = measured / alone
            title = f"empty scenarios, whole run with {name}, engine : behave"
            ratios.append(Ratio(title, ratio, f"<= {goal}", ratio <= goal))
        if self._behavex is not None:
            peer = self._peer(suite, 2)
            print(
                f"{count} empty scenarios, 2 workers: engine {parallel:.2f} s, BehaveX {peer:.2f} s"
            )
            ratios.append(
                _faster("2 workers, empty scenarios, BehaveX : engine", peer, parallel, 1.0)
            )
        return ratios

    def waits(self, count: int) -> list[Ratio]:
        """Compare waits of half a second: one after another, and with 16 workers."""
        suite = self._suite("waits", count, "Given a wait of 0.5 s", per_feature=20)
        serial = self._once(suite, [*ENGINE])
        ours = self._median(suite, [*ENGINE, "-j", "16"])
        print(f"{count} waits: one job {serial:.1f} s, 16 workers {ours:.1f} s")
        ratios = [_faster("16 workers, waits, one job : engine", serial, ours, 12.0)]
        if self._behavex is not None:
            peer = self._peer(suite, 16)
            print(f"{count} waits, 16 workers: BehaveX {peer:.1f} s")
            ratios.append(_faster("16 workers, waits, BehaveX : engine", peer, ours, 1.0))
        return ratios

    def memory(self) -> Ratio:
        """Compare the coordinator's memory after few and after many scenarios done, of one suite."""
        suite = self._suite("memory", 2000, "Given nothing", per_feature=20)
        few, many = self._growth(suite)
        print(
            f"memory of the run: {few / 1024:.0f} MiB after 10 %, {many / 1024:.0f} MiB at the end"
        )
        return Ratio("memory of the run, end : after 10 %", many / few, "<= 1.1", many <= 1.1 * few)

    def outline(self, count: int) -> Ratio:
        """List many specs; the goal is in seconds."""
        suite = self._suite("outline", count, "Given nothing", per_feature=50, steps=3)
        command = [sys.executable, "-m", "maidenhair", "outline", "features"]
        seconds = statistics.median(_seconds(command, suite) for _ in range(self._runs))
        return Ratio(f"outline of {count} specs, seconds", seconds, "<= 10", seconds <= 10)

    def _growth(self, suite: Path) -> tuple[int, int]:
        command = [sys.executable, "-m", "behave", *ENGINE, "-j", "2", "-f", "plain"]
        with subprocess.Popen(command, cwd=suite, stdout=subprocess.PIPE, text=True) as process:
            if process.stdout is None:
                sys.exit("a run without output")
            sizes, done = [], 0
            for line in process.stdout:
                if line.startswith("  Scenario:"):
                    done += 1
                    if done % 100 == 0:
                        sizes.append(_resident(process.pid))
        return sizes[1], sizes[-1]

    def _suite(
        self, name: str, count: int, step: str, per_feature: int = 1, steps: int = 1
    ) -> Path:
        folder = self._folder / name
        (folder / "features" / "steps").mkdir(parents=True)
        (folder / "features" / "steps" / "steps.py").write_text(STEPS)
        for first in range(0, count, per_feature):
            lines = [f"Feature: f{first}"]
            for number in range(first, min(first + per_feature, count)):
                lines += [f"  Scenario: s{number}", *[f"    {step}"] * steps]
            path = folder / "features" / f"f{first:05}.feature"
            path.write_text("\n".join(lines) + "\n")
        return folder

    def _median(self, suite: Path, options: Sequence[str]) -> float:
        return statistics.median(self._once(suite, options) for _ in range(self._runs))

    def _once(self, suite: Path, options: Sequence[str]) -> float:
        output = ["-f", "plain", "-o", str(suite / "out"), "--no-summary"]
        command = [sys.executable, "-m", "behave", *options, *output, "features"]
        return _seconds(command, suite)

    def _peer(self, suite: Path, workers: int) -> float:
        command = [
            str(self._behavex),
            "features",
            *("--parallel-processes", str(workers), "--parallel-scheme", "scenario"),
            *("-o", str(suite / "behavex")),
        ]
        # Once: it is slower by so much that more would tell nothing.
        return _seconds(command, suite)


def _faster(name: str, theirs: float, ours: float, goal: float) -> Ratio:
    sign = ">" if goal == 1.0 else ">="
    return Ratio(name, theirs / ours, f"{sign} {goal:g}", theirs > ours * goal)


def _seconds(command: Sequence[str], folder: Path) -> float:
    begin = time.monotonic()
    environment = {**os.environ, "MAIDENHAIR_HISTORY": str(folder / "history.json")}
    # Installed packages have bytecode, but a checkout would be compiled at every start.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return time.monotonic() - begin


def _resident(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    if found is None:
        sys.exit(f"process {pid} has no memory")
    return int(found[1])


def _install_behavex(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=True)
    subprocess.run([folder / "bin" / "pip", "install", "--quiet", BEHAVEX], check=True)
    return folder / "bin" / "behavex"


if __name__ == "__main__":
    main()
