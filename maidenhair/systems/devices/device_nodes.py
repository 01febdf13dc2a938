"""The protocol of nodes with devices, which real and simulated nodes implement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from maidenhair.kube import Object
from maidenhair.systems.devices.pod_request import Placement
from maidenhair.systems.devices.vendor_profile import Device, VendorProfile


@dataclass(frozen=True)
class HeldDevice:
    """A device, or a share of a device, that a container has.

    Attributes:
        profile: the vendor.
        device: the device.
        memory: the memory that the container may use, in MiB.
        cores: the compute units that the container may use, in percent of the device; 0 if they are not limited.
    """

    profile: VendorProfile
    device: Device
    memory: int
    cores: int


class DeviceNodes(Protocol):
    """The nodes of one spec that have devices, by their names in the spec.

    Real nodes run containers, which see their devices. Simulated nodes exist only in the API; the devices of their pods
    are read from annotations that HAMi writes.
    """

    @property
    def placement(self) -> Placement:
        """The nodes that pods may run on, and the program of their containers."""

    def add(
        self, name: str, devices: Mapping[VendorProfile, int], model: str | None = None
    ) -> object:
        """Add a node, and wait until it offers the devices.

        Args:
            name: the node's name in the spec.
            devices: the number of devices of each vendor.
            model: the model of the devices. Default: the model in each vendor's profile.
        """

    def name_of(self, full_name: str | None) -> str | None:
        """Return the name in the spec of a cluster's node; None if it is no node of the spec."""

    def full_name_of(self, name: str) -> str:
        """Return the name in the cluster of a node of the spec.

        Raises:
            DevicesError: the spec has no such node.
        """

    def devices_of(self, name: str, profile: VendorProfile) -> tuple[Device, ...]:
        """Return a vendor's devices on a node.

        Raises:
            DevicesError: the spec has no such node, or the node has no devices of the vendor.
        """

    def set_health(self, name: str, profile: VendorProfile, index: int, healthy: bool) -> None:
        """Break a device of a node, or repair it. `index` counts the vendor's devices from 0."""

    def remove_plugin(self, name: str, profile: VendorProfile) -> None:
        """Remove a vendor's device plugin from a node."""

    def held_by(self, pod: RunningPod, container: str | None = None) -> list[HeldDevice]:
        """Wait until a pod runs, and return its devices.

        Args:
            pod: the pod.
            container: the name of a container. Default: all containers except init containers.

        Raises:
            AssertionError: files, tools and variables of a container disagree about its devices.
        """

    def reported_devices(self, pod: RunningPod) -> set[str]:
        """Return the ids of a pod's devices, as the node's kubelet or HAMi reports them."""

    def complete(self, pod: RunningPod) -> None:
        """End all containers of a pod without an error."""


class RunningPod(Protocol):
    """The part of a pod that nodes use."""

    name: str
    namespace: str

    def wait_until_running(self) -> str | None:
        """Wait until the pod is Running; return the name of its node in the spec."""

    def present(self) -> Object:
        """Wait until the pod exists, and return it."""

    def log(self, container: str) -> str:
        """Wait until a container has reported its devices, and return its log."""
