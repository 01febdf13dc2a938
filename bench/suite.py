"""How long our features take beside serial pytest for the same 14 behaviours, on one cluster, in the same run.

bench/upstream has the behaviours as pytest-asyncio tests, as one would write them with the SDK alone: one after
another, with real servers, and polling once a second for what the SDK does not wait for. The features use servers that
serve nothing but health, and suspended Computes, wherever that shows the same. pytest runs
twice, with real servers and with the features' means, to separate the gain of cheaper means from that of the engine.

pytest-asyncio is installed into a folder of its own for the measurement, and is no dependency of anything.

Then all features run once on a cluster of their own, to see how busy they keep the processors, and with --parent the
specs of the statements that an earlier revision shows as well, in both checkouts.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import costs, whole
from bench.costs import Costs
from bench.running_pods import running_pods
from maidenhair._util.progress import Progress
from maidenhair.config.engine import auto_jobs
from maidenhair.docgen.traceability import read_scenarios
from maidenhair.kube.kubectl import Kubectl
from maidenhair.kube.rbac.service_accounts import write_kubeconfig
from maidenhair.suite.session import Session, open_session
from maidenhair.systems.registry import load_run_settings
from maidenhair.systems.skytorch.workloads.commands import HEALTHY

PLUGIN = "pytest-asyncio==1.5.0"
ROOT = Path(__file__).resolve().parent.parent
UPSTREAM = Path(__file__).with_name("upstream")
GOALS = (
    # The way, what it is compared with, and the largest ratios of seconds and of requests.
    ("features, one at a time in a worker", "pytest, real servers", 1.0, 1.2),
    ("features, parallel", "pytest, real servers", 0.5, None),
    ("features, parallel", "pytest-xdist, real servers", 1.0, None),
)
GOALS_HEAD = ("| goal | ratio | at most | |", "|---|---:|---:|---|")
BACKGROUND_SECONDS = 20.0
RUN_SECONDS = 1800.0
BEHAVIOURS = 14
SCENARIOS = (
    'compute/managed.feature: A Compute is gone after the "async with" block',
    "compute/manual.feature: A Compute computes once the program has waited for it",
    "compute/events.feature: A program gets the events of the pod of its Compute",
    "compute/resources.feature: A server is limited to the resources that its Compute requests",
    'cluster/managed.feature: The Computes of a Cluster are gone after the "async with" block',
    "cluster/manual.feature: A Cluster is ready when the last of its Computes is ready",
    "cluster/side_by_side.feature: Two functions run at the same time, each on a Compute of its own",
    "cluster/side_by_side.feature: Two Computes multiply matrices at the same time",
    "cluster/manual.feature: Each Compute of a Cluster reports the events of its own pod",
    "cluster/side_by_side.feature: An error on one Compute reaches the program, and the other Compute keeps working",
    "init/destination.feature: A Compute goes to the namespace of the kubeconfig",
    'init/destination.feature: Without a namespace in the kubeconfig the namespace is "default"',
    "init/destination.feature: The namespace of the program takes precedence over that of the kubeconfig",
    "init/destination.feature: The configuration of the program takes precedence over the kubeconfig",
    "init/once.feature: The SDK refuses a second initialisation",
)


@dataclass(frozen=True)
class Figure:
    """The cost of one way of running the behaviours.

    Attributes:
        name: the way.
        seconds: from the start of its command to the end.
        requests: the number of requests to the API server, without those of an idle cluster.
        pods: how many pods ran.
        costs: who sent requests, and which programs used the processors.
    """

    name: str
    seconds: float
    requests: float
    pods: int
    costs: Costs


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--workers",
        type=int,
        default=auto_jobs(len(SCENARIOS)),
        help="of the ways with several (%(default)s)",
    )
    parser.add_argument("--only", choices=("behaviours", "whole"), help="default: both")
    parser.add_argument(
        "--parent",
        type=Path,
        metavar="CHECKOUT",
        help="a checkout of an earlier revision, with its environment, to compare CPU-seconds per statement",
    )
    options = parser.parse_args()
    if options.only != "whole":
        measure_behaviours(options.workers)
    if options.only != "behaviours":
        measure_whole(options.parent)


def measure_behaviours(workers: int) -> None:
    """Measure the 14 behaviours on the running cluster, and print the tables.

    Args:
        workers: the number of workers of the ways with several.
    """
    with (
        open_session(load_run_settings(), Progress()) as session,
        tempfile.TemporaryDirectory(prefix="maidenhair-bench-") as folder,
    ):
        bench = Bench(session, Path(folder))
        figures = [
            bench.pytest("pytest, real servers", ()),
            bench.pytest("pytest-xdist, real servers", (), workers),
            bench.pytest("pytest, servers of the features", HEALTHY),
            bench.features("features, one at a time", "-j", "1"),
            # A worker runs the next spec while the namespace of the last one is being deleted. With one job there is
            # one as soon as the order is not that of the files.
            bench.features("features, one at a time in a worker", "-j", "1", "--order=random"),
            bench.features("features, parallel", "-j", str(workers)),
        ]
    print(f"{workers} workers where there are several")
    print("\n".join(table(figures)))
    names, spent = [each.name for each in figures], [each.costs for each in figures]
    print("\n".join(["", *costs.table(names, spent, BEHAVIOURS)]))


def measure_whole(parent: Path | None) -> None:
    """Measure the whole suite, and print the table.

    Args:
        parent: the checkout of an earlier revision to compare with.
    """
    all_features = whole.whole_suite()
    same = whole.same_statements(parent.resolve()) if parent else None
    lines = [*whole.table([all_features, *(same or ())]), ""]
    print("\n".join([*lines, *GOALS_HEAD, *whole.goals(all_features, same), ""]))
    specs = int(all_features.counts.split()[0])
    print("\n".join(costs.table([all_features.name], [all_features.programs], specs)))


def table(figures: Sequence[Figure]) -> Sequence[str]:
    """Return the lines of the table: each way, and its time as a ratio to the first's; and those of the goals."""
    first = figures[0].seconds
    lines = [
        f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}",
        "| 14 behaviours | s | ratio | API requests | pods |",
        "|---|---:|---:|---:|---:|",
    ]
    for each in figures:
        lines.append(
            f"| {each.name} | {each.seconds:.0f} | {each.seconds / first:.2f} "
            f"| {each.requests:.0f} | {each.pods} |"
        )
    return [*lines, "", *_goals({each.name: each for each in figures})]


def _goals(figures: Mapping[str, Figure]) -> Iterator[str]:
    """Yield the lines of the goals."""
    yield from GOALS_HEAD
    for way, other, seconds, requests in GOALS:
        ratios = [("seconds", figures[way].seconds / figures[other].seconds, seconds)]
        if requests is not None:
            ratio = figures[way].requests / figures[other].requests
            ratios.append(("requests", ratio, requests))
        for what, ratio, most in ratios:
            verdict = "met" if ratio <= most else "missed"
            yield f"| {what} of {way} : {other} | {ratio:.2f} | {most} | {verdict} |"


class Bench:
    """The measurements.

    Args:
        session: the cluster.
        folder: where what they need goes.
    """

    def __init__(self, session: Session, folder: Path) -> None:
        self._session = session
        self._folder = folder
        cluster = session.cluster
        kubeconfig = write_kubeconfig(
            folder / "admin", cluster.kubeconfig, cluster.context, cluster.kubectl
        )
        self._kubectl = Kubectl(cluster.kubectl, kubeconfig, folder / "cache")
        self._plugin = folder / "plugin"
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
        subprocess.run([*pip, f"--target={self._plugin}", PLUGIN], check=True)
        self._background = self._requests_per_second()

    def pytest(self, name: str, command: Sequence[str], workers: int = 1) -> Figure:
        """Run the tests, with a command in place of the server's where it need not compute.

        With several workers, pytest-xdist runs them.
        """
        cluster = self._session.cluster
        with self._namespace() as own, self._namespace() as other:
            path = self._folder / own
            write_kubeconfig(
                path, cluster.kubeconfig, cluster.context, cluster.kubectl, namespace=own
            )
            server: dict[str, Any] = {"image": self._session.states["skytorch"].server_image}
            if command:
                server["command"] = list(command)
            environment = {
                "KUBECONFIG": str(path),
                "PYTHONPATH": os.pathsep.join([str(self._plugin), str(ROOT)]),
                "BENCH_SERVER": json.dumps(server),
                "BENCH_NAMESPACE": own,
                "BENCH_OTHER_NAMESPACE": other,
            }
            tests = [
                "-m",
                "pytest",
                "-q",
                "--rootdir=.",
                "-c",
                os.devnull,
            ]
            parallel = ["-n", str(workers)] if workers > 1 else []
            return self._measured(name, [*tests, *parallel, "."], environment, UPSTREAM)

    def features(self, name: str, *options: str) -> Figure:
        """Run the scenarios, with these options of `maidenhair run`."""
        lines = read_scenarios(ROOT / "features")
        missing = [each for each in SCENARIOS if each not in lines]
        if missing:
            sys.exit(f"there is no scenario {missing[0]!r}")
        chosen = [f"features/{each.partition(': ')[0]}:{lines[each]}" for each in SCENARIOS]
        run = ["-m", "maidenhair", "run", *options, "-f", "plain", *chosen]
        return self._measured(name, run, {}, ROOT)

    def _measured(
        self, name: str, arguments: Sequence[str], environment: dict[str, str], folder: Path
    ) -> Figure:
        before, spent = self._requests(), self._costs()
        with running_pods(self._session.kube) as pods:
            begin = time.monotonic()
            done = subprocess.run(
                [sys.executable, *arguments],
                cwd=folder,
                env={**os.environ, **environment},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=RUN_SECONDS,
            )
            seconds = time.monotonic() - begin
        if done.returncode != 0:
            sys.exit(f"{name} failed:\n{done.stdout[-6000:]}")
        requests = self._requests() - before - self._background * seconds
        # Printed at once, because the next way may fail.
        print(f"{name}: {seconds:.0f} s, {requests:.0f} requests, {len(pods)} pods", flush=True)
        return Figure(name, seconds, requests, len(pods), self._costs().since(spent))

    def _costs(self) -> Costs:
        return Costs.of(self._kubectl, self._session.cluster.name)

    def _requests(self) -> float:
        metrics = self._kubectl.run("get", "--raw", "/metrics")
        counts = re.findall(r"^apiserver_request_total\{[^\n]*\} (\S+)$", metrics, re.M)
        return sum(float(count) for count in counts)

    def _requests_per_second(self) -> float:
        """Return the requests of an idle cluster: those of nodes, controllers and Leases."""
        before = self._requests()
        time.sleep(BACKGROUND_SECONDS)
        return (self._requests() - before) / BACKGROUND_SECONDS

    @contextmanager
    def _namespace(self) -> Iterator[str]:
        kube = self._session.kube
        metadata = {"generateName": "bench-suite-"}
        made = kube.create({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        name = made["metadata"]["name"]
        try:
            yield name
        finally:
            kube.delete("v1", "Namespace", name)


if __name__ == "__main__":
    main()
