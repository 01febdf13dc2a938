"""Requests to a cluster's API server by their senders, and CPU-seconds by program."""

from __future__ import annotations

import re
import resource
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import psutil

from maidenhair.kube.kubectl import Kubectl

# The API server sorts every request into one of its flow schemas, by the account that sent it.
DISPATCHED = re.compile(
    r'^apiserver_flowcontrol_dispatched_requests_total\{flow_schema="([^"]+)"[^\n]*\} (\S+)$', re.M
)
WHO = {
    "exempt": "the run and the cloud-controller-manager",
    "global-default": "programs of specs",
    "kube-controller-manager": "kube-controller-manager",
    "kube-scheduler": "kube-scheduler",
    "probes": "probes",
    "service-accounts": "operators in pods",
    "system-node-high": "kubelet",
    "system-nodes": "kubelet",
}
RUN = "the run and its workers"


@dataclass(frozen=True)
class Costs:
    """Requests and CPU-seconds up to a moment, or between two.

    Attributes:
        requests: the number of requests to the API server, by who sent them.
        cpu: CPU-seconds, by program. Those of programs that ended count for the one that started them.
    """

    requests: Mapping[str, float] = field(default_factory=dict)
    cpu: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, kubectl: Kubectl, cluster: str) -> Costs:
        """Return the costs of an embedded cluster and of the child processes of this process until now.

        Args:
            kubectl: reads the metrics of the API server.
            cluster: the name of the cluster.
        """
        requests: dict[str, float] = defaultdict(float)
        for schema, count in DISPATCHED.findall(kubectl.run("get", "--raw", "/metrics")):
            requests[WHO.get(schema, schema)] += float(count)
        return cls(requests, cpu_by_program(cluster))

    def since(self, before: Costs) -> Costs:
        """Return the costs after an earlier moment."""
        return Costs(_difference(self.requests, before.requests), _difference(self.cpu, before.cpu))


def table(names: Sequence[str], costs: Sequence[Costs], specs: int) -> Sequence[str]:
    """Return the lines of a table of costs per spec.

    Args:
        names: the ways of running the specs.
        costs: the costs of each way.
        specs: the number of specs.
    """
    requests, cpu = [each.requests for each in costs], [each.cpu for each in costs]
    lines = []
    # Requests are not always counted.
    if any(requests):
        lines += [*_section("requests per spec", names, requests, specs), ""]
    return [*lines, *_section("CPU-seconds per spec", names, cpu, specs)]


def _section(
    title: str, names: Sequence[str], columns: Sequence[Mapping[str, float]], specs: int
) -> Sequence[str]:
    head = [f"| {title} | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]
    return [*head, *_rows(columns, specs)]


def _rows(columns: Sequence[Mapping[str, float]], specs: int) -> Sequence[str]:
    whole: dict[str, float] = defaultdict(float)
    for each in columns:
        for name, amount in each.items():
            whole[name] += amount
    named = sorted(
        (name for name in whole if whole[name] / specs >= 0.005), key=lambda name: -whole[name]
    )
    rows = [
        f"| {name} | {' | '.join(f'{each.get(name, 0.0) / specs:.2f}' for each in columns)} |"
        for name in named
    ]
    sums = " | ".join(f"{sum(each.values()) / specs:.2f}" for each in columns)
    return [*rows, f"| all | {sums} |"]


def _difference(after: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
    # A program that ended meanwhile has no time any more.
    found = {name: amount - before.get(name, 0.0) for name, amount in after.items()}
    return {name: amount for name, amount in found.items() if amount > 0}


def cpu_by_program(cluster: str) -> dict[str, float]:
    """Return the CPU-seconds of the programs of an embedded cluster and of child processes of this process until now.

    Args:
        cluster: the name of the cluster.
    """
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {RUN: used.ru_utime + used.ru_stime, **_cpu_of_cluster(cluster)}


def _cpu_of_cluster(cluster: str) -> dict[str, float]:
    seconds: dict[str, float] = defaultdict(float)
    seen = set()
    for root in psutil.process_iter():
        try:
            if f"/clusters/{cluster}/machines" not in " ".join(root.cmdline()):
                continue
            for each in [root, *root.children(recursive=True)]:
                if each.pid not in seen:
                    seen.add(each.pid)
                    times = each.cpu_times()
                    seconds[each.name()] += sum(times[:4])
        except psutil.Error:
            continue
    return seconds
