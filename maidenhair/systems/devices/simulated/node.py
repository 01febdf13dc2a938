"""Simulated nodes: what the API has of them, and what HAMi is told of their devices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from maidenhair.systems.devices.hami.protocol import (
    IGNORE_LABEL,
    REPORTED,
    handshake_text,
    registration,
)
from maidenhair.systems.devices.pods.pod_request import Placement
from maidenhair.systems.devices.vendor_profile import Device, VendorProfile

CAPACITY = {"cpu": "64", "memory": "512Gi", "pods": "200"}
ENABLED = {"gpu": "on"}
"""The label of nodes that take part in the sharing of devices."""
TYPE_LABEL = {"type": "kwok"}
IMAGE = "maidenhair.dev/simulated:1"
"""No node pulls it, because pods on simulated nodes start no containers."""
Patch = dict[str, Any]


@dataclass(frozen=True)
class SimulatedNode:
    """A node that only the API has, with the devices of some vendors.

    Attributes:
        name: the name that specs call it by.
        full_name: its name in the cluster.
        devices: its devices, by vendor.
    """

    name: str
    full_name: str
    devices: Mapping[VendorProfile, tuple[Device, ...]] = field(default_factory=dict)

    def changed(self, device: Device, **changes: Any) -> SimulatedNode:
        """Return the node with a device that is otherwise, such as `healthy=False`."""
        return replace(
            self,
            devices={
                profile: tuple(replace(each, **changes) if each == device else each for each in own)
                for profile, own in self.devices.items()
            },
        )

    def manifest(self, label: tuple[str, str], shared: bool) -> Patch:
        """Return its manifest.

        Args:
            label: the name and the value of the label, and of the taint, by which only its spec's pods go there.
            shared: whether HAMi is told of its devices.
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
        """Return its capacity and what of it may be used; devices that HAMi shares count as often as they are split."""
        capacity, allocatable = dict(CAPACITY), dict(CAPACITY)
        for profile, devices in self.devices.items():
            times = profile.sharing.shares if shared and profile.sharing else 1
            healthy = sum(each.healthy for each in devices)
            capacity[profile.resource] = str(times * len(devices))
            allocatable[profile.resource] = str(times * healthy)
        return {"capacity": capacity, "allocatable": allocatable}

    def registration(self, now: datetime) -> dict[str, str]:
        """Return the annotations by which device plugins tell HAMi of their devices at a time."""
        annotations = {}
        for profile, devices in self.devices.items():
            if (sharing := profile.sharing) is not None:
                text = registration(devices, sharing.shares, sharing.format)
                annotations[sharing.register] = text
                annotations[sharing.handshake] = handshake_text(REPORTED, now)
        return annotations


def placement(label: tuple[str, str], shared: bool) -> Placement:
    """Return where pods may run: on simulated nodes with a label alone.

    Args:
        label: name and value of the label, and of the taint, of the nodes.
        shared: whether HAMi shares the devices; otherwise its webhook leaves the pods alone.
    """
    name, value = label
    toleration = {"key": name, "operator": "Equal", "value": value, "effect": "NoSchedule"}
    return Placement(
        image=IMAGE,
        pod={
            "nodeSelector": {name: value},
            "tolerations": [toleration],
            # No kubelet ends the pod, so it has to be gone at once.
            "terminationGracePeriodSeconds": 0,
        },
        labels={} if shared else IGNORE_LABEL,
    )
