"""How long thousands of pods with devices take onto simulated nodes: with HAMi and without, watched and not.

Every way has a namespace and nodes of its own. HAMi is told to spread the pods: as it fills one node after the other
otherwise, every pod would wait for the lock of the same node. The time is the API server's: from the first pod's
creation to the last one's binding (whole seconds). Who watches is a process of its own that follows all pods of the
namespace, as a worker does that waits for them; its memory is the most that it ever had more than before it began.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from maidenhair import paths
from maidenhair.clusters.toolchain import Toolchain
from maidenhair.config import load_settings
from maidenhair.devices import vendor
from maidenhair.devices.fleet import Fleet
from maidenhair.devices.fleet_pods import FleetPod, PodRequest
from maidenhair.kube.accounts import write_kubeconfig
from maidenhair.kube.kubectl import Kubectl
from maidenhair.kube.manifests import condition
from maidenhair.kube.ownership import Run
from maidenhair.progress import Progress
from maidenhair.session import Session, open_session
from maidenhair.waiting import eventually

DEVICES = 8
TIME_GOAL, MEMORY_GOAL = 1.10, 150
VENDORS = ("NVIDIA", "Hygon", "AMD", "Biren", "Cambricon", "MetaX", "Ascend", "Kunlunxin")
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
from maidenhair.kube.watching import WatchedObjects
kube = Kube.from_kubeconfig(Path(sys.argv[1]))
before = resident("VmRSS")
with WatchedObjects(kube, "v1", "Pod", sys.argv[2]) as pods:
    print("watching", flush=True)
    sys.stdin.readline()
    print(len(pods.read()), resident("VmHWM") - before, flush=True)
"""
"""Follows the pods of a namespace; at a line on its input it tells how many there are, and what memory that took."""


@dataclass(frozen=True)
class Figure:
    """What one way took.

    Attributes:
        name: the way.
        seconds: from the first pod's creation to the last one's binding.
        requests: what the API server was asked meanwhile.
        memory: in MiB, the most that watching took of memory; None where nobody watched.
    """

    name: str
    seconds: float
    requests: float
    memory: float | None = None


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=1000, help="simulated nodes (%(default)s)")
    parser.add_argument("--pods", type=int, default=5000, help="pods (%(default)s)")
    options = parser.parse_args()
    if options.pods > options.nodes * DEVICES:
        parser.error(f"{options.nodes} nodes have {options.nodes * DEVICES} devices")
    with (
        open_session(load_settings({}), Progress()) as session,
        tempfile.TemporaryDirectory(prefix="maidenhair-bench-") as folder,
        Run(session.kube) as run,
    ):
        bench = Bench(session, run, Path(folder), options.nodes, options.pods)
        figures = [
            bench.measure("default scheduler", VENDORS, shared=False, watched=False),
            bench.measure("default scheduler, watched", VENDORS, shared=False, watched=True),
        ]
        if "hami" in session.cluster.capabilities:
            shared = [each for each in VENDORS if vendor(each).sharing is not None]
            figures += [
                bench.measure("HAMi", shared, shared=True, watched=False),
                bench.measure("HAMi, watched", shared, shared=True, watched=True),
            ]
    print("\n".join(table(figures, options.nodes, options.pods)))


def table(figures: Sequence[Figure], nodes: int, pods: int) -> list[str]:
    """Return the lines of the table; each watched way has the ratio to the one before it, not watched."""
    lines = [
        f"{pods} pods, {nodes} nodes, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}; goals for "
        f"watching: ratio <= {TIME_GOAL}, <= {MEMORY_GOAL} MiB",
        "| | s | pods/s | ratio | API requests | MiB of who watches |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for place, each in enumerate(figures):
        watched = each.memory is not None
        ratio = f"{each.seconds / figures[place - 1].seconds:.2f}" if watched else ""
        memory = f"{each.memory:.0f}" if watched else ""
        lines.append(
            f"| {each.name} | {each.seconds:.0f} | {pods / each.seconds:.0f} | {ratio} | "
            f"{each.requests:.0f} | {memory} |"
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
        tools = Toolchain(load_settings(), Progress()).ensure(["kwok"])
        self._kwok = tools["kwok"].path

    def measure(self, name: str, vendors: Sequence[str], shared: bool, watched: bool) -> Figure:
        """Place the pods on nodes of some vendors, evenly, and take them away again."""
        profiles = [vendor(each) for each in vendors]
        with self._run.namespace(name, gone_within=BOUND_SECONDS) as namespace:
            fleet = Fleet(
                self._session.kube,
                self._run.inventory(namespace),
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
                with self._watcher(namespace, watched) as memory:
                    before = self._requests()
                    resources = [
                        profiles[each % len(profiles)].resource for each in range(self._pods)
                    ]
                    self._submit(fleet, namespace, resources)
                    self._wait(namespace)
                    requests = self._requests() - before
                seconds = self._seconds(namespace)
        figure = Figure(name, seconds, requests, memory[0] if memory else None)
        # Told at once, too: what comes after may fail.
        told = f", {figure.memory:.0f} MiB of who watched" if figure.memory is not None else ""
        print(f"{name}: {seconds:.0f} s, {requests:.0f} requests{told}", flush=True)
        return figure

    def _submit(self, fleet: Fleet, namespace: str, resources: Sequence[str]) -> None:
        kube = self._session.kube

        def submit(number: int) -> None:
            request = PodRequest([{resources[number]: "1"}], annotations=SPREAD)
            FleetPod(kube, namespace, f"pod-{number}", fleet).submit(request)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(submit, range(len(resources))))

    def _wait(self, namespace: str) -> None:
        path = f"/api/v1/namespaces/{namespace}/pods?fieldSelector=spec.nodeName%3D&limit=1"
        eventually(
            lambda: '"items":[]' in self._kubectl.run("get", "--raw", path),
            True,
            within=BOUND_SECONDS,
            poll_every=LOOK_SECONDS,
            described_as="all pods to be bound",
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
        """Have a process watch the pods while the body runs, if wanted; at its end its memory is in what is given."""
        memory: list[float] = []
        if not wanted:
            yield memory
            return
        command = [sys.executable, "-c", WATCHER, str(self._kubeconfig), namespace]
        with subprocess.Popen(
            command,
            cwd=paths.project_root(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdin is not None and process.stdout is not None
            process.stdout.readline()
            yield memory
            process.stdin.write("\n")
            process.stdin.flush()
            pods, taken = process.stdout.readline().split()
            if int(pods) != self._pods:
                sys.exit(f"who watched knows of {pods} pods, not of {self._pods}")
            memory.append(int(taken) / MIB)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


if __name__ == "__main__":
    main()
