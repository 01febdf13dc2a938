"""How a node's machine comes up, for the first time and after it was stopped: its runtime, then its place."""

from __future__ import annotations

from maidenhair.clusters.embedded.layout import Layout, Network
from maidenhair.clusters.embedded.machine import network as links
from maidenhair.clusters.embedded.machine.cgroups import create_cgroup
from maidenhair.clusters.embedded.machine.machine import Machine
from maidenhair.clusters.embedded.machine.machines import Machines
from maidenhair.clusters.embedded.node.node import SOCKET
from maidenhair.clusters.polling import wait_until
from maidenhair.kube import Kube
from maidenhair.kube.objects import condition, conditions, is_true

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


def forget_ready(kube: Kube, machine: Machine) -> None:
    """Have the API count a node as not Ready that is being started: what it has is from before that.

    Only the kubelet makes it Ready again. The time of what it told cannot be told apart so surely: it is in seconds.
    """
    known = kube.get("v1", "Node", machine.name)
    if known is None:
        return
    if ready := condition(known, "Ready"):
        told = {"reason": "Starting", "message": "maidenhair is starting the node"}
        ready.update({"status": "Unknown", **told})
    kube.patch_status("v1", "Node", machine.name, {"conditions": conditions(known)})


def await_ready(kube: Kube, machine: Machine) -> None:
    """Wait until the API has a node Ready.

    Raises:
        ClusterError: it did not become Ready, or a component of it ended.
    """

    def problem() -> str:
        machine.check()
        known = kube.get("v1", "Node", machine.name)
        if known is None:
            return "the API server does not know it"
        ready = condition(known, "Ready")
        if ready is None:
            return "it has no condition Ready"
        return "" if is_true(ready) else f"{ready['reason']}: {ready['message']}"

    wait_until(problem, NODE_SECONDS, f"{machine.name} to be Ready")
