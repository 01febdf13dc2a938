"""Nodes with devices, real and simulated, as pods and steps use them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from maidenhair.kube import Object
from maidenhair.systems.devices.pods.pod_request import Placement
from maidenhair.systems.devices.vendor_profile import Device, VendorProfile


@dataclass(frozen=True)
class HeldDevice:
    """A device that a container has, whole or a share of it.

    Attributes:
        profile: the vendor.
        device: the device.
        memory: MiB of it that the container may use.
        cores: percent of its compute units that the container may use; 0 if they are not limited.
    """

    profile: VendorProfile
    device: Device
    memory: int
    cores: int


class DeviceNodes(Protocol):
    """The nodes of one spec that have devices, by the names that the spec gives them.

    Real nodes run containers, which see their devices. Simulated nodes exist in the API only; what HAMi chooses for
    their pods is read from the pods' annotations.
    """

    @property
    def placement(self) -> Placement:
        """Where pods may run, and what their containers run."""

    def add(
        self, name: str, devices: Mapping[VendorProfile, int], model: str | None = None
    ) -> object:
        """Add a node, and wait until it offers the devices.

        Args:
            name: the spec's name for it.
            devices: the number of devices of each vendor.
            model: what the vendors call the devices; the profiles' models by default.
        """

    def name_of(self, full_name: str | None) -> str | None:
        """Return the spec's name for a node of the cluster; None if it has none."""

    def full_name_of(self, name: str) -> str:
        """Return the name that the cluster has for a node; raise DevicesError if the spec has no such node."""

    def devices_of(self, name: str, profile: VendorProfile) -> tuple[Device, ...]:
        """Return a vendor's devices on a node; raise DevicesError if it has none."""

    def set_health(self, name: str, profile: VendorProfile, index: int, healthy: bool) -> None:
        """Break a device of a node, or repair it. `index` counts the vendor's devices from 0."""

    def remove_plugin(self, name: str, profile: VendorProfile) -> None:
        """Remove a vendor's device plugin from a node."""

    def held_by(self, pod: RunningPod, container: str | None = None) -> list[HeldDevice]:
        """Return the devices that a pod has once it runs.

        Args:
            pod: the pod.
            container: one of its containers; all that run beside each other by default.

        Raises:
            AssertionError: the container, its tools and its variables disagree about the devices.
        """

    def reported_devices(self, pod: RunningPod) -> set[str]:
        """Return the ids of the devices that a pod has by the report of its node's kubelet, or of HAMi."""

    def complete(self, pod: RunningPod) -> None:
        """Let all containers of a pod end without an error."""


class RunningPod(Protocol):
    """What nodes need of a pod."""

    name: str
    namespace: str

    def wait_until_running(self) -> str | None:
        """Wait until the pod is Running; return the spec's name for its node."""

    def present(self) -> Object:
        """Wait until the pod exists, and return it."""

    def log(self, container: str) -> str:
        """Wait until a container has reported its devices, and return its log."""
