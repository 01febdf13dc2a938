"""How fast an embedded cluster comes up and goes, with every component and image in the cache.

Each figure is wall time of the package's public calls, as a run of specs makes them, and each run starts from no
cluster at all. Nothing is judged: the table says what the goal is, and what was measured.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

from maidenhair._util.progress import Progress
from maidenhair.clusters.embedded.provider import EmbeddedProvider
from maidenhair.config import Settings
from maidenhair.systems.deployment import Preparation, Systems, archives_of, deploy


@dataclass(frozen=True)
class Goal:
    """A measurement, and its limit in seconds."""

    name: str
    seconds: float


API_READY = Goal("api profile ready", 5.0)
NODE_READY = Goal("one node Ready, and cluster DNS", 12.0)
NODES_READY = Goal("three nodes Ready, and cluster DNS", 20.0)
AGAIN = Goal("up again, three nodes that run", 1.0)
AGAIN_COMMAND = Goal("`maidenhair cluster up` again, three nodes that run", 1.0)
RESTARTED = Goal("a node stopped, started and Ready again", 10.0)
STACK_AVAILABLE = Goal("SkyTorch stack Available, from no cluster", 45.0)
API_DOWN = Goal("down, api profile", 5.0)
NODE_DOWN = Goal("down, one node", 5.0)
NODES_DOWN = Goal("down, three nodes", 5.0)
STACK_DOWN = Goal("down, one node with the stack", 5.0)
GOALS = (
    *(API_READY, NODE_READY, NODES_READY, STACK_AVAILABLE),
    *(AGAIN, AGAIN_COMMAND, RESTARTED),
    *(API_DOWN, NODE_DOWN, NODES_DOWN, STACK_DOWN),
)
NODES = 3

Measured = dict[Goal, list[float]]


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--runs", type=int, default=5, help="how often each is measured (%(default)s)"
    )
    runs = parser.parse_args().runs
    if runs < 1:
        parser.error(f"--runs {runs}: at least 1 is needed")
    progress = Progress()
    settings = _settings("node")
    preparation = Preparation(settings, Systems.of(settings), progress)
    preparation.provide_components()
    preparation.prepare()
    load = os.getloadavg()[0]
    measured: Measured = {goal: [] for goal in GOALS}
    for number in range(1, runs + 1):
        with progress.step(f"Run {number} of {runs}"):
            _measure_cluster("api", API_READY, API_DOWN, measured, progress)
            _measure_cluster("node", NODE_READY, NODE_DOWN, measured, progress)
            _measure_nodes(measured, progress)
            _measure_stack(measured, progress)
    print(f"{os.cpu_count()} cores, load average {load:.1f} at the start, {runs} runs")
    print("\n".join(table(measured)))


def table(measured: Measured) -> Sequence[str]:
    """Return the lines of the table: seconds per figure, the median first."""
    lines = ["| figure | median s | least s | most s | goal s | |", "|---|---:|---:|---:|---:|---|"]
    for goal, seconds in measured.items():
        median = statistics.median(seconds)
        verdict = "met" if median <= goal.seconds else "missed"
        figures = f"{median:.2f} | {min(seconds):.2f} | {max(seconds):.2f} | {goal.seconds:.0f}"
        lines.append(f"| {goal.name} | {figures} | {verdict} |")
    return lines


def _measure_cluster(
    profile: str, up: Goal, down: Goal, measured: Measured, progress: Progress
) -> None:
    provider = _provider(_settings(profile), progress)
    provider.down()
    try:
        measured[up].append(_seconds(provider.up))
    finally:
        seconds = _seconds(provider.down)
    measured[down].append(seconds)


def _measure_nodes(measured: Measured, progress: Progress) -> None:
    settings = _settings("node", NODES)
    provider = _provider(settings, progress)
    provider.down()
    command = [sys.executable, "-m", "maidenhair", "cluster", "up", f"--nodes={NODES}"]
    command.append(f"--name={settings.cluster_name}")

    def restart() -> None:
        provider.restart("node-2")

    try:
        measured[NODES_READY].append(_seconds(provider.up))
        measured[AGAIN].append(_seconds(provider.up))
        again = _seconds(lambda: subprocess.run(command, check=True, capture_output=True))
        measured[AGAIN_COMMAND].append(again)
        measured[RESTARTED].append(_seconds(restart))
    finally:
        seconds = _seconds(provider.down)
    measured[NODES_DOWN].append(seconds)


def _measure_stack(measured: Measured, progress: Progress) -> None:
    settings = _settings("node")
    provider = _provider(settings, progress)
    provider.down()

    def up_with_stack() -> None:
        preparation = Preparation(settings, Systems.of(settings), progress)
        preparation.provide_components()
        deployments = preparation.prepare()
        cluster = provider.up(archives_of(deployments))
        with closing(preparation.systems.kube(cluster)) as kube:
            deploy(kube, cluster, provider, deployments, progress)

    try:
        measured[STACK_AVAILABLE].append(_seconds(up_with_stack))
    finally:
        seconds = _seconds(provider.down)
    measured[STACK_DOWN].append(seconds)


def _settings(profile: str, nodes: int = 1) -> Settings:
    name = f"bench-{os.getpid()}"
    return Settings(
        provider="embedded",
        cluster_name=name,
        profile=profile,
        nodes=nodes,
        systems=("skytorch", "devices"),
    )


def _provider(settings: Settings, progress: Progress) -> EmbeddedProvider:
    return EmbeddedProvider(settings, progress, Systems.of(settings).extensions)


def _seconds(action: Callable[[], object]) -> float:
    begin = time.monotonic()
    action()
    return time.monotonic() - begin


if __name__ == "__main__":
    main()
