"""Collect the coverage of a Go program from its pods while specs run, and report it when they have ended."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from maidenhair._util.progress import Progress
from maidenhair.clusters.images.go_coverage import PORT, Counted, write_reports
from maidenhair.clusters.provider import Cluster
from maidenhair.errors import KubernetesError, ToolchainError
from maidenhair.kube import Kube
from maidenhair.kube.transport import Request, Transport

REPORTS = Path("artifacts", "go-coverage")
EVERY_SECONDS = 2.0
"""A process that ends loses what it counted since it was last read."""


@dataclass(frozen=True)
class CoveredProgram:
    """A Go program that was built with coverage.

    Attributes:
        name: the name of the program, which is the name of its folder of reports.
        image: the name of its image.
        sources: the folder with go.mod.
        namespace: the namespace of its pods.
    """

    name: str
    image: str
    sources: Path
    namespace: str


class _Collector:
    """Collect the counters of the processes in a folder, where an interrupted run leaves them.

    Args:
        program: the program.
        kube: the client of the cluster's API.
        transport: a connection of its own, because the collector uses it in a thread.
        folder: the folder of the reports. In it, `counters` has the latest counters, and `before` those at the start of
            the run.
    """

    def __init__(
        self, program: CoveredProgram, kube: Kube, transport: Transport, folder: Path
    ) -> None:
        self.program = program
        self.folder = folder
        self.counters = folder / "counters"
        self.before = folder / "before"
        self._kube = kube
        self._transport = transport
        self._numbers: dict[tuple[str, int], int] = {}
        self._metas: dict[int, bytes] = {}

    def collect(self, *folders: Path) -> None:
        """Ask all running processes for their counters. One that does not answer keeps the last ones.

        Args:
            folders: the folders for the counters.
        """
        try:
            pods = self._kube.list("v1", "Pod", self.program.namespace)
        except KubernetesError:
            return
        for pod in pods:
            images = {each["name"]: each["image"] for each in pod["spec"]["containers"]}
            for status in pod["status"].get("containerStatuses") or []:
                if (
                    images.get(status["name"]) == self.program.image
                    and "running" in status["state"]
                ):
                    process = (pod["metadata"]["uid"], status["restartCount"])
                    number = self._numbers.setdefault(process, len(self._numbers))
                    self._ask(number, pod["metadata"]["name"], folders)

    def _ask(self, number: int, pod: str, folders: Iterable[Path]) -> None:
        try:
            if number not in self._metas:
                self._metas[number] = self._get(pod, "meta")
            counted = Counted(self._metas[number], self._get(pod, "counters"))
        except KubernetesError:
            return
        for folder in folders:
            counted.save(folder, number)

    def _get(self, pod: str, path: str) -> bytes:
        proxy = f"/api/v1/namespaces/{self.program.namespace}/pods/{pod}:{PORT}/proxy/{path}"
        request = Request(f"get the coverage of Pod {self.program.namespace}/{pod}", "GET", proxy)
        return self._transport.send_for_bytes(request)


@contextmanager
def covering(
    program: CoveredProgram,
    kube: Kube,
    cluster: Cluster,
    progress: Progress,
    reports: Path = REPORTS,
) -> Iterator[None]:
    """Collect the coverage of a program during the block. At its end, write reports and print the percentage.

    Statements that ran only before the block do not count.

    Args:
        program: the program.
        kube: the client of the cluster's API.
        cluster: the cluster.
        progress: prints the percentage, or why there is none.
        reports: the folder in which the reports get a folder of their own.
    """
    transport, _ = Transport.from_kubeconfig(cluster.kubeconfig, cluster.context)
    # Runs that use the same folder at the same time, or one after another, have reports of their own.
    started = time.strftime("%Y-%m-%d-%H%M%S")
    folder = reports / program.name / f"{started}-{os.getpid()}"
    collector = _Collector(program, kube, transport, folder)
    collector.collect(collector.counters, collector.before)
    ended = threading.Event()

    def collect() -> None:
        while not ended.wait(EVERY_SECONDS):
            collector.collect(collector.counters)

    thread = threading.Thread(target=collect, name=f"coverage of {program.name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        collector.collect(collector.counters)
        transport.close()
        progress.say(_report(collector))


def _report(collector: _Collector) -> str:
    program, folder = collector.program, collector.folder
    if not collector.counters.is_dir():
        return (
            f"coverage of {program.name}: no pod of image {program.image} answered on port {PORT}"
        )
    try:
        percentage = write_reports(folder, program.sources, collector.counters, collector.before)
    except ToolchainError as error:
        return f"coverage of {program.name}: {error}"
    return f"coverage of {program.name}: {percentage} % of its statements ran; {folder}/index.html"
