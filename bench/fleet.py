"""How long thousands of pods with devices take onto simulated nodes: with HAMi and without, watched and not.

Both halves of a round, watched and not, are placed on the same nodes. HAMi is set to spread the pods. Otherwise it
would fill one node after the other, and every pod would wait for the lock of the same node. The time is that of the API
server: from the first pod's creation to the last one's binding, in whole seconds. The watching process follows all pods
of the namespace, as a worker does that waits for them. Its memory is the most that it used above that at its start.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from maidenhair._util.progress import Progress
from maidenhair.clusters.toolchain import Toolchain
from maidenhair.kube.kubectl import Kubectl
from maidenhair.kube.objects import condition
from maidenhair.kube.rbac.service_accounts import write_kubeconfig
from maidenhair.kube.run.run import Run
from maidenhair.suite.session import Session, open_session
from maidenhair.systems.devices import vendor
from maidenhair.systems.devices.components import components
from maidenhair.systems.devices.pod_request import Container, PodRequest
from maidenhair.systems.devices.pods.pod import DevicePod
from maidenhair.systems.devices.simulated.fleet import Fleet
from maidenhair.systems.registry import load_run_settings
from maidenhair.waiting import eventually

ROOT = Path(__file__).resolve().parent.parent
DEVICES = 8
TIME_GOAL, MEMORY_GOAL = 1.10, 150
VENDORS = ("NVIDIA", "Hygon", "AMD", "Biren", "Cambricon", "MetaX", "Ascend", "Kunlunxin")
SCHEDULERS = ("default", "HAMi")
BOUND_SECONDS = 3600.0
LOOK_SECONDS = 3.0
SPREAD = {"hami.io/node-scheduler-policy": "spread"}
AT_ONCE = 4
MIB = 1024 * 1024
WATCHER = """
import sys
from pathlib import Path
from bench.memory import resident
from maidenhair.kube import Kube
from maidenhair.kube.watch.watched import WatchedObjects
from maidenhair.waiting import eventually
kube = Kube.from_kubeconfig(Path(sys.argv[1]))
before = resident("VmRSS")
with WatchedObjects(kube, "v1", "Pod", sys.argv[2]) as pods:
    print("watching", flush=True)
    wanted = int(sys.stdin.readline())
    eventually(lambda: len(pods.read()), wanted, within=60, described_as="all pods")
    print(resident("VmHWM") - before, flush=True)
"""
"""Watches the pods of a namespace. Reads their number, waits until it has seen all, and prints the memory it used."""


@dataclass(frozen=True)
class Figure:
    """The cost of placing all pods once.

    Attributes:
        seconds: from the first pod's creation to the last one's binding.
        requests: the number of requests to the API server.
        memory: in MiB, the most that watching took of memory; None where nobody watched.
    """

    seconds: float
    requests: float
    memory: float | None = None

    def __str__(self) -> str:
        watcher = "" if self.memory is None else f", {self.memory:.0f} MiB of who watched"
        return f"{self.seconds:.0f} s, {self.requests:.0f} requests{watcher}"


@dataclass(frozen=True)
class Pair:
    """One round: the pods were placed twice on the same nodes, watched and not."""

    alone: Figure
    watched: Figure

    @property
    def ratio(self) -> float:
        """Return how many times as long it took while somebody watched."""
        return self.watched.seconds / self.alone.seconds


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=1000, help="simulated nodes (%(default)s)")
    parser.add_argument("--pods", type=int, default=5000, help="pods (%(default)s)")
    parser.add_argument("--rounds", type=int, default=1, help="of each scheduler (%(default)s)")
    parser.add_argument(
        "--scheduler", choices=SCHEDULERS, action="append", help="that one alone (both)"
    )
    options = parser.parse_args()
    if options.pods > options.nodes * DEVICES:
        parser.error(f"{options.nodes} nodes have {options.nodes * DEVICES} devices")
    if options.rounds < 1:
        parser.error(f"{options.rounds} rounds measure nothing")
    with (
        open_session(load_run_settings(), Progress()) as session,
        tempfile.TemporaryDirectory(prefix="maidenhair-bench-") as folder,
        Run(session.kube) as run,
    ):
        schedulers = options.scheduler or SCHEDULERS
        if "hami" not in session.cluster.capabilities and "HAMi" in schedulers:
            parser.error("the cluster has no HAMi; --scheduler=default measures without")
        bench = Bench(session, run, Path(folder), options.nodes, options.pods)
        measured = {each: bench.measure(each, options.rounds) for each in schedulers}
    print("\n".join(table(measured, options.nodes, options.pods)))


def table(measured: Mapping[str, Sequence[Pair]], nodes: int, pods: int) -> list[str]:
    """Return the lines of the table: of each scheduler the medians, and the ratio's least and most."""
    lines = [
        f"{pods} pods, {nodes} nodes, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}; goals for "
        f"watching: ratio <= {TIME_GOAL}, <= {MEMORY_GOAL} MiB",
        "| scheduler | rounds | s | pods/s | s watched | ratio (least, most) "
        "| API requests | watched | MiB of who watches |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for scheduler, pairs in measured.items():
        alone = median(each.alone.seconds for each in pairs)
        ratios = [each.ratio for each in pairs]
        lines.append(
            f"| {scheduler} | {len(pairs)} | {alone:.0f} | {pods / alone:.0f} | "
            f"{median(each.watched.seconds for each in pairs):.0f} | "
            f"{median(ratios):.2f} ({min(ratios):.2f}, {max(ratios):.2f}) | "
            f"{median(each.alone.requests for each in pairs):.0f} | "
            f"{median(each.watched.requests for each in pairs):.0f} | "
            f"{max(each.watched.memory or 0 for each in pairs):.0f} |"
        )
    return lines


class Bench:
    """The measurements.

    Args:
        session: the cluster.
        run: what owns nodes and namespaces.
        folder: where files go.
        nodes: how many nodes.
        pods: how many pods.
    """

    def __init__(self, session: Session, run: Run, folder: Path, nodes: int, pods: int) -> None:
        self._session = session
        self._run = run
        self._folder = folder
        self._nodes = nodes
        self._pods = pods
        cluster = session.cluster
        self._kubeconfig = write_kubeconfig(
            folder / "admin", cluster.kubeconfig, cluster.context, cluster.kubectl
        )
        self._kubectl = Kubectl(cluster.kubectl, self._kubeconfig, folder / "cache")
        tools = Toolchain(load_run_settings(), Progress(), extra=[components]).ensure(["kwok"])
        self._kwok = tools["kwok"].path

    def measure(self, scheduler: str, rounds: int) -> list[Pair]:
        """Have a scheduler place the pods on nodes of all vendors that it knows, evenly, watched and not.

        Every second round begins with the watched half, so that what grows meanwhile slows both.
        """
        shared = scheduler == "HAMi"
        profiles = [vendor(each) for each in VENDORS]
        if shared:
            profiles = [each for each in profiles if each.sharing is not None]
        with self._run.namespace(scheduler, gone_within=BOUND_SECONDS) as namespace:
            fleet = Fleet(
                self._session.kube,
                self._run.inventory_of(namespace),
                namespace,
                kwok=self._kwok,
                kubeconfig=self._kubeconfig,
                folder=self._folder,
                shared=shared,
            )
            with fleet:
                fleet.add_all(
                    {
                        f"n{each}": {profiles[each % len(profiles)]: DEVICES}
                        for each in range(self._nodes)
                    }
                )
                resources = [profiles[each % len(profiles)].resource for each in range(self._pods)]
                pairs = []
                for number in range(rounds):
                    figures = {}
                    for watched in (False, True) if number % 2 == 0 else (True, False):
                        name = f"{'watched' if watched else 'alone'}-{number}"
                        figure = self._place(fleet, namespace, resources, name, watched)
                        # Printed at once, because a later round may fail.
                        print(f"{scheduler}: {figure}", flush=True)
                        figures[watched] = figure
                    pairs.append(Pair(figures[False], figures[True]))
        return pairs

    def _place(
        self, fleet: Fleet, namespace: str, resources: Sequence[str], name: str, watched: bool
    ) -> Figure:
        """Have pods placed, one for each of some resources, and take them away again.

        Their names begin with one that no others have: the deletion of many goes on by names for a while.
        """
        with self._watcher(namespace, watched) as memory:
            before = self._requests()
            self._submit(fleet, namespace, resources, name)
            self._wait(namespace, "spec.nodeName=", "all pods to be bound")
            requests = self._requests() - before
        seconds = self._seconds(namespace)
        self._session.kube.delete_all("v1", "Pod", namespace, grace_period_seconds=0)
        self._wait(namespace, "", "all pods to be gone")
        return Figure(seconds, requests, memory[0] if memory else None)

    def _submit(self, fleet: Fleet, namespace: str, resources: Sequence[str], name: str) -> None:
        kube = self._session.kube

        def submit(number: int) -> None:
            request = PodRequest([Container({resources[number]: "1"})], annotations=SPREAD)
            DevicePod(kube, namespace, f"{name}-{number}", fleet).create(request)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(submit, range(len(resources))))

    def _wait(self, namespace: str, selector: str, described_as: str) -> None:
        """Wait until no pod is there of a field selector."""
        query = urlencode({"fieldSelector": selector, "limit": 1})
        path = f"/api/v1/namespaces/{namespace}/pods?{query}"
        eventually(
            lambda: '"items":[]' in self._kubectl.run("get", "--raw", path),
            True,
            within=BOUND_SECONDS,
            poll_every=LOOK_SECONDS,
            described_as=described_as,
        )

    def _seconds(self, namespace: str) -> float:
        pods = self._session.kube.list("v1", "Pod", namespace)
        begun = min(_time(each["metadata"]["creationTimestamp"]) for each in pods)
        bound = [condition(each, "PodScheduled") for each in pods]
        ended = max(_time(each["lastTransitionTime"]) for each in bound if each is not None)
        return max(1.0, (ended - begun).total_seconds())

    def _requests(self) -> float:
        metrics = self._kubectl.run("get", "--raw", "/metrics")
        counts = re.findall(r"^apiserver_request_total\{[^\n]*\} (\S+)$", metrics, re.M)
        return sum(float(count) for count in counts)

    @contextmanager
    def _watcher(self, namespace: str, wanted: bool) -> Iterator[list[float]]:
        """Let a process watch the pods during the body, if `watched`. Yield a list that gets its memory at the end."""
        memory: list[float] = []
        if not wanted:
            yield memory
            return
        command = [sys.executable, "-c", WATCHER, str(self._kubeconfig), namespace]
        with subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdin is not None and process.stdout is not None
            process.stdout.readline()
            yield memory
            process.stdin.write(f"{self._pods}\n")
            process.stdin.flush()
            printed = process.stdout.readline()
            if not printed:
                sys.exit("the watching process did not see all pods within a minute")
            memory.append(int(printed) / MIB)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


if __name__ == "__main__":
    main()
