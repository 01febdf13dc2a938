"""How soon a wait goes on after the change in the API, beside polling, `kubectl wait` and kr8s in the same run.

One control plane of its own serves all. Each wait is for a ConfigMap to have a value, which another thread gives it at
a random moment once everybody waits; the time counts from just before that request. kr8s is installed into an
environment of its own for the measurement, and is no dependency of anything.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hamcrest import has_entries
from hamcrest.core.matcher import Matcher

from bench import many_waits
from maidenhair._util.progress import Progress
from maidenhair.clusters.embedded.provider import EmbeddedProvider
from maidenhair.clusters.provider import Cluster
from maidenhair.config.cluster import Settings
from maidenhair.kube import Kube
from maidenhair.kube.transport import Lines, Request, Transport
from maidenhair.kube.watch.watched import NamedSource, WatchedObject, WatchedObjects
from maidenhair.waiting import eventually

ROOT = Path(__file__).resolve().parents[1]
KR8S = "kr8s==0.20.15"
NAMESPACE = "default"
WITHIN = 60.0
PARALLEL = 100
GOAL_SECONDS = 0.020
NEW: Matcher[Any] = has_entries({"data": has_entries({"color": "blue"})})

KR8S_WAIT = """
import sys, time
import kr8s
from kr8s.objects import ConfigMap

api = kr8s.api(kubeconfig=sys.argv[1])
for name in sys.stdin:
    found = ConfigMap.get(name.strip(), namespace=sys.argv[2], api=api)
    print("waiting", flush=True)
    found.wait("jsonpath='{.data.color}'=blue")
    print(time.monotonic(), flush=True)
"""


class CountingTransport(Transport):
    """Counts the requests for config maps by what they do."""

    requests: Counter[str]

    def stream(self, request: Request) -> Lines:
        """Count a watch."""
        self._count("watch", request)
        return super().stream(request)

    def send_for_bytes(self, request: Request) -> bytes:
        """Count a list, get or patch."""
        self._count(request.attempted.split()[0], request)
        return super().send_for_bytes(request)

    def _count(self, verb: str, request: Request) -> None:
        if "/configmaps" in request.path:
            self.requests[verb] += 1


@dataclass(frozen=True)
class Figure:
    """The seconds that one way of waiting took after the change, run by run."""

    name: str
    seconds: Sequence[float]

    @property
    def median(self) -> float:
        """Return the median in seconds."""
        return statistics.median(self.seconds)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20, help="waits of each kind (%(default)s)")
    parser.add_argument("--without-kr8s", action="store_true", help="leave kr8s out")
    parser.add_argument(
        "--only-many", action="store_true", help="only the waits among many objects"
    )
    parser.add_argument(
        "--before", help="a git revision whose waits among many objects are measured too"
    )
    options = parser.parse_args()
    name = f"bench-waits-{os.getpid()}"
    provider = EmbeddedProvider(Settings(cluster_name=name, profile="api"), Progress())
    try:
        cluster = provider.up()
        with tempfile.TemporaryDirectory(prefix="maidenhair-bench-") as folder:
            bench = Bench(cluster, Path(folder), options.runs)
            for line in many_waits.rows(cluster, bench.kube, options.before):
                print(line, flush=True)
            print(_redaction())
            if options.only_many:
                return
            figures = [bench.ours(), bench.polling(1.0), bench.polling(10.0), bench.kubectl()]
            if not options.without_kr8s:
                figures.append(bench.kr8s())
            print("\n".join(table(figures)))
            print("\n".join(bench.parallel()))
    finally:
        provider.down()


def table(figures: Sequence[Figure]) -> Sequence[str]:
    """Return the lines of the table: each way's times, and its median as a ratio to ours, which is the first."""
    ours = figures[0]
    met = "met" if ours.median <= GOAL_SECONDS else "missed"
    lines = [
        f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}, {len(ours.seconds)} waits each; "
        f"goal for the first median: {GOAL_SECONDS * 1000:.0f} ms, {met}",
        "| wait | median ms | longest ms | median : ours |",
        "|---|---:|---:|---:|",
    ]
    for each in figures:
        lines.append(
            f"| {each.name} | {each.median * 1000:.1f} | {max(each.seconds) * 1000:.1f} "
            f"| {each.median / ours.median:.1f} |"
        )
    return lines


class Bench:
    """The measurements.

    Args:
        cluster: a control plane.
        folder: where what the peers need goes.
        runs: how many waits of each kind; polling every 10 s gets a tenth of them.
    """

    def __init__(self, cluster: Cluster, folder: Path, runs: int) -> None:
        self._cluster = cluster
        self._folder = folder
        self._runs = runs
        self.kube, self._requests = _client(cluster)
        self._made = 0

    def ours(self) -> Figure:
        """Measure `eventually` on a watch."""
        self._requests.clear()

        def wait(name: str) -> float:
            with WatchedObject(self.kube, "v1", "ConfigMap", name, NAMESPACE) as watched:
                eventually(watched, NEW, within=WITHIN)
            return time.monotonic()

        return Figure("eventually, watching", [self._in_thread(wait) for _ in range(self._runs)])

    def polling(self, seconds: float) -> Figure:
        """Measure a loop that gets the object and sleeps."""

        def wait(name: str) -> float:
            while True:
                found = self.kube.get("v1", "ConfigMap", name, NAMESPACE) or {}
                if found["data"]["color"] == "blue":
                    return time.monotonic()
                time.sleep(seconds)

        runs = self._runs if seconds < 10 else max(3, self._runs // 10)
        return Figure(f"polling every {seconds:g} s", [self._in_thread(wait) for _ in range(runs)])

    def kubectl(self) -> Figure:
        """Measure `kubectl wait`, to its exit."""
        access = [f"--kubeconfig={self._cluster.kubeconfig}", f"--context={self._cluster.context}"]
        what = ["--for=jsonpath={.data.color}=blue", f"--timeout={WITHIN:.0f}s", "-n", NAMESPACE]

        def wait(name: str) -> float:
            command = [str(self._cluster.kubectl), *access, "wait", f"configmap/{name}", *what]
            subprocess.run(command, check=True, capture_output=True)
            return time.monotonic()

        return Figure("kubectl wait", [self._in_thread(wait) for _ in range(self._runs)])

    def kr8s(self) -> Figure:
        """Measure kr8s' wait, in one process for all of them."""
        home = self._folder / "kr8s"
        venv.create(home, with_pip=True)
        subprocess.run([home / "bin" / "pip", "install", "--quiet", KR8S], check=True)
        script = self._folder / "kr8s_wait.py"
        script.write_text(KR8S_WAIT)
        python, kubeconfig = home / "bin" / "python", self._cluster.kubeconfig
        command = [str(python), str(script), str(kubeconfig), NAMESPACE]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            if process.stdin is None or process.stdout is None:
                sys.exit("a process without pipes")
            seconds = []
            for _ in range(self._runs):
                name = self._config_map()
                print(name, file=process.stdin, flush=True)
                if process.stdout.readline().strip() != "waiting":
                    sys.exit("kr8s does not wait; see above")
                changed = self._change_later(name)
                seconds.append(float(process.stdout.readline()) - changed)
            process.stdin.close()
        return Figure("kr8s", seconds)

    def parallel(self) -> Sequence[str]:
        """Measure many waits at once; return lines that tell."""
        names = [self._config_map() for _ in range(PARALLEL)]
        kube, requests = _client(self._cluster)

        def wait(source: NamedSource) -> float:
            eventually(source, NEW, within=WITHIN)
            return time.monotonic()

        with (
            WatchedObjects(kube, "v1", "ConfigMap", NAMESPACE) as watched,
            ThreadPoolExecutor(PARALLEL) as threads,
        ):
            waits = [threads.submit(wait, watched.named(name)) for name in names]
            changed = [self._change(name) for name in names]
            seconds = [done.result() - at for done, at in zip(waits, changed, strict=True)]
        kube.close()
        counted = ", ".join(f"{count} {verb}" for verb, count in sorted(requests.items()))
        return [
            f"{PARALLEL} waits at once: median {statistics.median(seconds) * 1000:.1f} ms, "
            f"longest {max(seconds) * 1000:.1f} ms; requests: {counted}"
        ]

    def _in_thread(self, wait: Callable[[str], float]) -> float:
        """Return the seconds from the change of a new ConfigMap to the end of a wait for it."""
        name = self._config_map()
        with ThreadPoolExecutor(1) as thread:
            done = thread.submit(wait, name)
            changed = self._change_later(name)
            return done.result() - changed

    def _config_map(self) -> str:
        self._made += 1
        name = f"wait-{self._made}"
        metadata = {"name": name, "namespace": NAMESPACE}
        manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
        self.kube.create({**manifest, "data": {"color": "red"}})
        return name

    def _change_later(self, name: str) -> float:
        """Change a ConfigMap at a moment at which everybody waits; return when."""
        time.sleep(random.uniform(1.0, 2.0))
        return self._change(name)

    def _change(self, name: str) -> float:
        at = time.monotonic()
        self.kube.patch("v1", "ConfigMap", name, {"data": {"color": "blue"}}, NAMESPACE)
        return at


def _redaction() -> str:
    """Return the figures of redaction, which a process of its own measures."""
    command = [sys.executable, str(ROOT / "bench" / "redaction.py")]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _client(cluster: Cluster) -> tuple[Kube, Counter[str]]:
    transport: Any
    transport, _ = CountingTransport.from_kubeconfig(cluster.kubeconfig, cluster.context)
    transport.requests = Counter()
    return Kube(transport), transport.requests


if __name__ == "__main__":
    main()
