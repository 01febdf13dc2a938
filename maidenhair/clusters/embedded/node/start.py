"""Start a node, for the first time or again: its container runtime, then its membership in the cluster."""

from __future__ import annotations

from maidenhair.clusters.embedded.layout import Layout, Network
from maidenhair.clusters.embedded.machine import network as links
from maidenhair.clusters.embedded.machine.cgroups import create_cgroup
from maidenhair.clusters.embedded.machine.machine import Machine
from maidenhair.clusters.embedded.machine.machines import Machines
from maidenhair.clusters.embedded.node.runtime import SOCKET
from maidenhair.clusters.polling import wait_until
from maidenhair.kube import Kube
from maidenhair.kube.objects import condition, conditions, is_true

NODE_SECONDS = 120.0


def start_runtime(layout: Layout, machine: Machine) -> None:
    """Start the machine and the container runtime of an installed node.

    Raises:
        ClusterError: the machine did not start, or containerd does not listen.
    """
    create_cgroup(layout.node_cgroup(machine.name))
    machine.start()
    machine.run("containerd")

    def problem() -> str:
        machine.check()
        return "" if machine.path(SOCKET).exists() else f"there is no {SOCKET}"

    wait_until(problem, NODE_SECONDS, f"containerd on node {machine.name} to listen")


def join_cluster(machines: Machines, machine: Machine, network: Network) -> None:
    """Link a node to the cluster's network, and start its kubelet and kube-proxy. Its runtime must be running."""
    number, count = machines.number(machine), len(machines.nodes)
    links.connect_node(network, number, count, machines.control_plane.pid, machine.pid)
    machine.run("kubelet")
    machine.run("kube-proxy")


def mark_not_ready(kube: Kube, machine: Machine) -> None:
    """Set a starting node's condition Ready to Unknown, because it is from before the start.

    Only the kubelet sets it to True again. The condition's times cannot show that, because they have whole seconds.
    """
    known = kube.get("v1", "Node", machine.name)
    if known is None:
        return
    if ready := condition(known, "Ready"):
        ready |= {
            "status": "Unknown",
            "reason": "Starting",
            "message": "maidenhair is starting the node",
        }
    kube.patch_status("v1", "Node", machine.name, {"conditions": conditions(known)})


def await_ready(kube: Kube, machine: Machine) -> None:
    """Wait until the API reports a node Ready.

    Raises:
        ClusterError: the node did not become Ready, or one of its components exited.
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

    wait_until(problem, NODE_SECONDS, f"node {machine.name} to be Ready")
