"""The maintenance of simulated nodes: cordon and drain them, and cordon their devices."""

from __future__ import annotations

from maidenhair.kube import Kube
from maidenhair.kube.kubectl import Kubectl
from maidenhair.systems.devices.hami.protocol import CORDON
from maidenhair.systems.devices.simulated.fleet import Fleet
from maidenhair.systems.devices.simulated.handshakes import annotate_until_seen
from maidenhair.systems.devices.vendor_profile import VendorProfile


def cordon(kube: Kube, fleet: Fleet, node: str) -> None:
    """Cordon a node, so that no more pods are scheduled to it."""
    kube.patch("v1", "Node", fleet.full_name_of(node), {"spec": {"unschedulable": True}})


def drain(kubectl: Kubectl, fleet: Fleet, node: str) -> None:
    """Cordon a node and evict its pods with `kubectl drain`.

    Raises:
        KubernetesError: kubectl failed; the message has its output.
    """
    kubectl.run("drain", fleet.full_name_of(node), "--force", "--ignore-daemonsets")


def cordon_device(kube: Kube, fleet: Fleet, node: str, profile: VendorProfile, index: int) -> None:
    """Cordon a device of a node, and wait until HAMi has looked at the node.

    The node's device plugins report at the same time, if they respond.

    Raises:
        DevicesError: the spec has no such node or device.
        WaitTimedOut: HAMi did not look at the node in time.
    """
    cordoned = {CORDON: fleet.devices_of(node, profile)[index].id}
    if fleet.reports(node):
        fleet.report(node, cordoned)
    else:
        annotate_until_seen(kube, fleet.nodes[node], cordoned)
