"""100 waits among 5,000 objects: the CPU and the memory of the process that waits, beside an earlier revision's.

Each measurement is a process of its own, which imports maidenhair from the checkout, or from a work tree of the
earlier revision. The objects are ConfigMaps of 2 kB in a namespace of their own; 100 of them are waited for, and
changed one after the other by another process.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from maidenhair.clusters.provider import Cluster
from maidenhair.kube import Kube

ROOT = Path(__file__).resolve().parents[1]
NAMESPACE = "bench-many-waits"
OBJECTS, WAITS = 5000, 100
CREATORS = 8
FILLER = "x" * 2000
WAYS = {
    "100 waits under one WatchedObjects": "shared",
    "100 waits, each with its WatchedObject": "each",
    "1 wait with its WatchedObject": "one",
}

CHILD = """
import json, sys, threading, time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from hamcrest import has_entries
from maidenhair.kube import Kube
from maidenhair.kube.watch.watched import WatchedObject, WatchedObjects
from maidenhair.waiting import eventually

def peak():
    # Not getrusage, whose peak includes that of the process from which this one was started.
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024

kubeconfig, context, namespace, way, names, color = sys.argv[1:]
names = names.split(",")
done = has_entries(data=has_entries(color=color))
kube = Kube.from_kubeconfig(Path(kubeconfig), context)
kube.list("v1", "ConfigMap", "default")
place = (kube, "v1", "ConfigMap")
memory = peak()
begin = time.process_time()
with ExitStack() as stack, ThreadPoolExecutor(len(names)) as threads:
    if way == "shared":
        objects = stack.enter_context(WatchedObjects(*place, namespace))
        sources = [objects.named(name) for name in names]
    else:
        sources = [stack.enter_context(WatchedObject(*place, name, namespace)) for name in names]
    waits = [threads.submit(eventually, source, done, within=600) for source in sources]
    while threading.active_count() < len(names):
        time.sleep(0.1)
    time.sleep(1)
    entered = time.process_time()
    print("waiting", flush=True)
    for each in waits:
        each.result()
    ended = time.process_time()
figures = {"enter": entered - begin, "changes": ended - entered, "grown": peak() - memory}
print(json.dumps(figures))
"""


def rows(cluster: Cluster, kube: Kube, before: str | None) -> Iterator[str]:
    """Measure, and yield the lines of a table.

    Args:
        cluster: a control plane.
        kube: its API.
        before: an earlier revision to compare with, for example "HEAD~1"; None to compare with none.
    """
    metadata = {"name": NAMESPACE}
    kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    with ThreadPoolExecutor(CREATORS) as threads:
        list(threads.map(lambda number: _create(kube, number), range(OBJECTS)))
    yield f"\n{OBJECTS:,} ConfigMaps of {len(FILLER) / 1000:g} kB in a namespace; CPU seconds and MiB of the process"
    yield "| waits | CPU to begin | CPU for the changes | MiB more |" + " before |" * bool(before)
    yield "|---|---:|---:|---:|" + "---|" * bool(before)
    with _work_tree(before) as former:
        for number, (title, way) in enumerate(WAYS.items()):
            now = _measure(cluster, kube, ROOT, way, f"now-{number}")
            then = _measure(cluster, kube, former, way, f"then-{number}") if former else None
            yield f"| {title} | {_cells(now)} |" + (f" {_compare(now, then)} |" if then else "")


def _measure(cluster: Cluster, kube: Kube, root: Path, way: str, color: str) -> dict[str, float]:
    """Return the figures of one process, whose waits end with changes to this color."""
    names = [_name(number * OBJECTS // WAITS) for number in range(1 if way == "one" else WAITS)]
    arguments = [str(cluster.kubeconfig), cluster.context, NAMESPACE, way, ",".join(names), color]
    command = [sys.executable, "-c", CHILD, *arguments]
    # Python looks for packages in the working directory first.
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        if process.stdout is None or process.stdout.readline().strip() != "waiting":
            sys.exit(f"the process for {way!r} does not wait; see above")
        for name in names:
            kube.patch("v1", "ConfigMap", name, {"data": {"color": color}}, NAMESPACE)
        figures: dict[str, float] = json.loads(process.stdout.readline())
    return figures


def _cells(figures: dict[str, float]) -> str:
    return f"{figures['enter']:.2f} | {figures['changes']:.2f} | {figures['grown']:.1f}"


def _compare(now: dict[str, float], then: dict[str, float]) -> str:
    ratios = [f"{then[key] / max(now[key], 0.01):.1f}" for key in ("enter", "changes")]
    return f"{_cells(then).replace(' |', ',')} (CPU {' and '.join(ratios)} times)"


@contextmanager
def _work_tree(revision: str | None) -> Iterator[Path | None]:
    if revision is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="maidenhair-bench-") as folder:
        path = Path(folder) / "former"
        _git(["worktree", "add", "--detach", "--quiet", str(path), revision])
        try:
            yield path
        finally:
            _git(["worktree", "remove", "--force", str(path)])


def _git(arguments: Sequence[str]) -> None:
    subprocess.run(["git", *arguments], cwd=ROOT, check=True)


def _name(number: int) -> str:
    return f"m{number:04}"


def _create(kube: Kube, number: int) -> None:
    metadata = {"name": _name(number), "namespace": NAMESPACE}
    data: dict[str, Any] = {"color": "red", "filler": FILLER}
    kube.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
