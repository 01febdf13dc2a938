"""Collect the coverage of a Go program from its pods while specs run, and report it when they have ended."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
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


@dataclass
class _Collector:
    program: CoveredProgram
    kube: Kube
    transport: Transport
    found: dict[tuple[str, int], Counted] = field(default_factory=dict)

    def collect(self) -> None:
        """Ask all running processes for their counters. One that does not answer keeps the last ones."""
        try:
            pods = self.kube.list("v1", "Pod", self.program.namespace)
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
                    self._ask(process, pod["metadata"]["name"])

    def _ask(self, process: tuple[str, int], pod: str) -> None:
        try:
            known = self.found.get(process)
            meta = known.meta if known else self._get(pod, "meta")
            self.found[process] = Counted(meta, self._get(pod, "counters"))
        except KubernetesError:
            return

    def _get(self, pod: str, path: str) -> bytes:
        proxy = f"/api/v1/namespaces/{self.program.namespace}/pods/{pod}:{PORT}/proxy/{path}"
        request = Request(f"get the coverage of Pod {self.program.namespace}/{pod}", "GET", proxy)
        return self.transport.send_for_bytes(request)


@contextmanager
def covering(
    program: CoveredProgram, kube: Kube, cluster: Cluster, progress: Progress
) -> Iterator[None]:
    """Collect the coverage of a program during the block. At its end, write reports and print the percentage.

    Args:
        program: the program.
        kube: the client of the cluster's API.
        cluster: the cluster.
        progress: prints the percentage, or why there is none.
    """
    transport, _ = Transport.from_kubeconfig(cluster.kubeconfig, cluster.context)
    collector = _Collector(program, kube, transport)
    ended = threading.Event()

    def collect() -> None:
        while not ended.wait(EVERY_SECONDS):
            collector.collect()

    thread = threading.Thread(target=collect, name=f"coverage of {program.name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        collector.collect()
        transport.close()
        progress.say(_report(collector, REPORTS / program.name))


def _report(collector: _Collector, folder: Path) -> str:
    program = collector.program
    if not collector.found:
        return (
            f"coverage of {program.name}: no pod of image {program.image} answered on port {PORT}"
        )
    try:
        percentage = write_reports(folder, program.sources, collector.found.values())
    except ToolchainError as error:
        return f"coverage of {program.name}: {error}"
    return f"coverage of {program.name}: {percentage} % of its statements ran; {folder}/index.html"
