"""How a node's machine comes up, for the first time and after it was stopped: its runtime, then its place."""

from __future__ import annotations

from datetime import UTC, datetime

from maidenhair.clusters.embedded import network as links
from maidenhair.clusters.embedded.cgroups import create_cgroup
from maidenhair.clusters.embedded.layout import Layout, Network
from maidenhair.clusters.embedded.machine import Machine
from maidenhair.clusters.embedded.machines import Machines
from maidenhair.clusters.embedded.node import SOCKET
from maidenhair.clusters.embedded.waits import wait_until
from maidenhair.kube import Kube

NODE_SECONDS = 120.0


def start_runtime(layout: Layout, machine: Machine) -> None:
    """Start an installed node's machine and its container runtime.

    Raises:
        ClusterError: it did not start, or containerd did not listen.
    """
    create_cgroup(layout.node_cgroup(machine.name))
    machine.start()
    machine.run("containerd")

    def problem() -> str:
        machine.check()
        return "" if machine.path(SOCKET).exists() else f"there is no {SOCKET}"

    wait_until(problem, NODE_SECONDS, f"containerd on {machine.name} to listen")


def join(machines: Machines, machine: Machine, network: Network) -> None:
    """Link a node whose runtime works to the others, and start what makes it a part of the cluster."""
    number, count = machines.number(machine), len(machines.nodes)
    links.connect_node(network, number, count, machines.control_plane.pid, machine.pid)
    machine.run("kubelet")
    machine.run("kube-proxy")


def await_ready(kube: Kube, machine: Machine, since: datetime | None = None) -> None:
    """Wait until the API has a node Ready.

    Args:
        kube: the cluster's API.
        machine: the node's machine.
        since: only a state that the kubelet told from then on counts, not one from before it was stopped.

    Raises:
        ClusterError: it did not become Ready, or a component of it ended.
    """

    def problem() -> str:
        machine.check()
        known = kube.get("v1", "Node", machine.name)
        if known is None:
            return "the API server does not know it"
        conditions = known.get("status", {}).get("conditions", [])
        ready = next((each for each in conditions if each["type"] == "Ready"), None)
        if ready is None:
            return "it has no condition Ready"
        if since is not None and _time(ready["lastHeartbeatTime"]) < since.replace(microsecond=0):
            return f"its kubelet has told nothing since {since:%H:%M:%S}"
        return "" if ready["status"] == "True" else f"{ready['reason']}: {ready['message']}"

    wait_until(problem, NODE_SECONDS, f"{machine.name} to be Ready")


def now() -> datetime:
    """Return the time, as `await_ready` takes it."""
    return datetime.now(UTC)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
