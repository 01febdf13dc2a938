"""Simulated nodes: their manifests, their status, and the registration of their devices with HAMi."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from maidenhair.kube import Object
from maidenhair.kube.matchers import has_condition
from maidenhair.systems.devices.hami.protocol import (
    IGNORE_LABEL,
    node_annotations,
)
from maidenhair.systems.devices.pod_request import Placement
from maidenhair.systems.devices.vendor_profile import Device, VendorProfile

CAPACITY = {"cpu": "64", "memory": "512Gi", "pods": "200"}
ENABLED = {"gpu": "on"}
"""The label of nodes whose devices HAMi shares."""
TYPE_LABEL = {"type": "kwok"}
NEW_NODE_TAINTS = "node.kubernetes.io/"
IMAGE = "maidenhair.dev/simulated:1"
"""The image in pods on simulated nodes. No node pulls it, because these pods start no containers."""
Patch = dict[str, Any]


@dataclass(frozen=True)
class SimulatedNode:
    """A node with devices that exists only in the API.

    Attributes:
        name: the node's name in the spec.
        full_name: the node's name in the cluster.
        devices: the node's devices, by vendor.
    """

    name: str
    full_name: str
    devices: Mapping[VendorProfile, tuple[Device, ...]] = field(default_factory=dict)

    def changed(self, device: Device, **changes: Any) -> SimulatedNode:
        """Return a copy of the node with a changed device.

        Args:
            device: the device to change.
            changes: the new values of attributes of the device, for example `healthy=False`.
        """
        return replace(
            self,
            devices={
                profile: tuple(replace(each, **changes) if each == device else each for each in own)
                for profile, own in self.devices.items()
            },
        )

    def manifest(self, label: tuple[str, str], shared: bool) -> Patch:
        """Return the manifest of the node.

        Args:
            label: name and value of the label and of the taint that reserve the node for pods of the spec.
            shared: whether the node registers its devices with HAMi.
        """
        name, value = label
        labels = {**TYPE_LABEL, **ENABLED, name: value, "kubernetes.io/hostname": self.full_name}
        return {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "name": self.full_name,
                "labels": labels,
                "annotations": self.registration(datetime.now(UTC)) if shared else {},
            },
            "spec": {"taints": [{"key": name, "value": value, "effect": "NoSchedule"}]},
        }

    def status(self, shared: bool) -> Patch:
        """Return the node's capacity and allocatable resources.

        Args:
            shared: whether HAMi shares the devices. A device then counts once for each possible share.
        """
        capacity, allocatable = dict(CAPACITY), dict(CAPACITY)
        for profile, devices in self.devices.items():
            capacity |= profile.quantities(devices, shared)
            allocatable |= profile.quantities([each for each in devices if each.healthy], shared)
        return {"capacity": capacity, "allocatable": allocatable}

    def registration(self, now: datetime) -> dict[str, str]:
        """Return the annotations that register the devices with HAMi.

        Args:
            now: the time of the report, with a zone.
        """
        return node_annotations(self.devices, now)


def accepts_pods(node: Object) -> bool:
    """Return whether a node is Ready and no longer has the taints of a new node.

    Kubernetes removes these taints a moment after the node is Ready.
    """
    taints = [each["key"] for each in node["spec"].get("taints") or []]
    is_new = any(key.startswith(NEW_NODE_TAINTS) for key in taints)
    return has_condition("Ready").matches(node) and not is_new


def placement(label: tuple[str, str], shared: bool) -> Placement:
    """Return the placement that allows pods to run on simulated nodes with a label only.

    Args:
        label: name and value of the label and of the taint of the nodes.
        shared: whether HAMi shares the devices. Otherwise its webhook ignores the pods.
    """
    name, value = label
    toleration = {"key": name, "operator": "Equal", "value": value, "effect": "NoSchedule"}
    return Placement(
        image=IMAGE,
        pod={
            "nodeSelector": {name: value},
            "tolerations": [toleration],
            # No kubelet ends the pod, so the API must delete it at once.
            "terminationGracePeriodSeconds": 0,
        },
        labels={} if shared else IGNORE_LABEL,
    )
