"""The simulated nodes of one spec. Only its pods run on them, and they are deleted when it ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self

from maidenhair.errors import DevicesError
from maidenhair.kube import Kube
from maidenhair.kube.run.inventory import Inventory
from maidenhair.kube.run.labels import NAMESPACE_LABEL
from maidenhair.kube.watch.watched import WatchedObjects
from maidenhair.systems.devices.concurrent import do_each, wait_for_each
from maidenhair.systems.devices.device_nodes import HeldDevice, RunningPod
from maidenhair.systems.devices.hami.held_devices import held_devices
from maidenhair.systems.devices.pod_request import Placement
from maidenhair.systems.devices.simulated.completed_pods import CompletedPods
from maidenhair.systems.devices.simulated.device_plugins import SimulatedPlugins
from maidenhair.systems.devices.simulated.handshakes import register_change, write_until_read
from maidenhair.systems.devices.simulated.kwok import Kwok
from maidenhair.systems.devices.simulated.node import SimulatedNode, accepts_pods, placement
from maidenhair.systems.devices.simulated.states import NodeStates
from maidenhair.systems.devices.vendor_profile import Device, VendorProfile

NOTHING: Mapping[str, str] = MappingProxyType({})
READY_SECONDS = 60.0
SECONDS_PER_NODE = 0.2


class Fleet:
    """Simulated nodes, which KWOK keeps Ready: a context manager.

    If HAMi shares the devices, their device plugins are simulated as well.

    Args:
        kube: the API.
        inventory: creates the nodes, and deletes them when the spec ends.
        namespace: the namespace of the spec's pods.
        kwok: the path of KWOK.
        kubeconfig: the cluster's kubeconfig for KWOK.
        folder: the folder for KWOK's log.
        shared: whether HAMi shares the devices. Otherwise a device belongs to one container at a time.

    Attributes:
        nodes: the nodes, by their names in the spec.
    """

    def __init__(
        self,
        kube: Kube,
        inventory: Inventory,
        namespace: str,
        *,
        kwok: Path,
        kubeconfig: Path,
        folder: Path,
        shared: bool,
    ) -> None:
        self._states = NodeStates()
        self.nodes = self._states.nodes
        self._kube = kube
        self._inventory = inventory
        self._namespace = namespace
        self._label = (NAMESPACE_LABEL, namespace)
        self._shared = shared
        self._kwok = Kwok(kwok, kubeconfig, "=".join(self._label), folder / "kwok.log")
        self._plugins = SimulatedPlugins(kube, namespace, self._states)
        self._completed = CompletedPods(kube, namespace)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Start KWOK and, if HAMi shares the devices, the device plugins."""
        self._stack.enter_context(self._kwok)
        self._stack.enter_context(self._completed)
        if self._shared:
            self._stack.enter_context(self._plugins)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Delete the nodes and the pods, and stop KWOK and the device plugins. Without KWOK no pod would end."""
        try:
            do_each(self.remove, list(self.nodes))
            self._kube.delete_all("v1", "Pod", self._namespace, grace_period_seconds=0)
        finally:
            self._stack.close()

    @property
    def vendors(self) -> list[VendorProfile]:
        """The vendors of all devices of the nodes, each once."""
        return list({profile: None for node in self.nodes.values() for profile in node.devices})

    @property
    def placement(self) -> Placement:
        """The placement that allows pods to run on the nodes of this fleet only."""
        return placement(self._label, self._shared)

    def add(
        self, name: str, devices: Mapping[VendorProfile, int], model: str | None = None
    ) -> SimulatedNode:
        """Add a node, and wait until it is Ready. The arguments are those of `DeviceNodes.add`.

        Raises:
            DevicesError: the fleet already has a node of this name.
            KubernetesError: the API refused the node.
            WaitError: the node did not become Ready.
        """
        [node] = self.add_all({name: devices}, model)
        return node

    def add_all(
        self,
        nodes: Mapping[str, Mapping[VendorProfile, int]],
        model: str | None = None,
        **changes: Any,
    ) -> list[SimulatedNode]:
        """Add several nodes at once, like `add`. `changes` are other attributes of devices, such as `mode="mig"`."""
        added = []
        changes |= {"model": model} if model else {}
        for name, devices in nodes.items():
            if name in self.nodes:
                raise DevicesError(
                    f"the spec already has a simulated node {name!r}; use another name"
                )
            node = SimulatedNode(name, self._full_name(name))
            own = {
                profile: tuple(
                    replace(each, **changes) for each in profile.devices(node.full_name, count)
                )
                for profile, count in devices.items()
            }
            added.append(replace(node, devices=own))
        do_each(self._make, added)
        self._await_ready(added)
        return added

    def remove(self, name: str) -> None:
        """Delete a node, like the loss of its machine. Kubernetes then deletes its pods."""
        node = self._states.remove(name)
        self._kube.delete("v1", "Node", node.full_name)

    def annotate(self, name: str, annotations: Mapping[str, str | None]) -> None:
        """Set annotations of a node. A value of None removes the annotation."""
        body = {"metadata": {"annotations": dict(annotations)}}
        self._kube.patch("v1", "Node", self.nodes[name].full_name, body)

    def report(self, name: str, annotations: Mapping[str, str] = NOTHING) -> None:
        """Report the devices of a node to HAMi, as device plugins do, and wait until HAMi has read the report.

        Args:
            name: the node's name in the spec.
            annotations: more annotations of the node, which HAMi reads at the same time.
        """
        node = self.nodes[name]

        def write() -> None:
            self.annotate(name, {**node.registration(datetime.now(UTC)), **annotations})

        write_until_read(self._kube, node, write)

    def reports(self, name: str) -> bool:
        """Return whether the device plugins of a node report its devices."""
        return self._shared and self._states.responds(name)

    def devices_of(self, name: str, profile: VendorProfile) -> tuple[Device, ...]:
        """Return a vendor's devices on a node. Raise DevicesError if there is no such node, or if it has none."""
        node = self.nodes.get(name)
        if node is None or profile not in node.devices:
            raise DevicesError(
                f"the spec has no simulated node {name!r} with {profile.title} devices; add it first"
            )
        return node.devices[profile]

    def set_health(self, name: str, profile: VendorProfile, index: int, healthy: bool) -> None:
        """Break a device of a node, or repair it. The arguments are those of `DeviceNodes.set_health`.

        Raises:
            DevicesError: the spec has no such node or device, or the device is in this state already.
        """
        device = self.devices_of(name, profile)[index]
        if device.healthy is healthy:
            state = "works" if healthy else "is broken"
            raise DevicesError(f"{profile.title} device {index} of node {name!r} already {state}")
        node = self.nodes[name].changed(device, healthy=healthy)
        self._states.put(node)
        self.set_status(node)
        if self._shared:
            register_change(self._kube, node)

    def remove_plugin(self, name: str, profile: VendorProfile) -> None:
        """Remove a vendor's device plugin from a node. The node then offers and registers none of its devices.

        Raises:
            DevicesError: the spec has no such node, or the node has no devices of the vendor.
        """
        self.devices_of(name, profile)
        node = self.nodes[name]
        listed = replace(node, devices={profile: node.devices[profile]})
        rest = {key: own for key, own in node.devices.items() if key != profile}
        self._states.put(replace(node, devices=rest))
        self.set_status(replace(node, devices={**rest, profile: ()}))
        if self._shared:
            gone = dict.fromkeys(listed.registration(datetime.now(UTC)))
            write_until_read(self._kube, listed, lambda: self.annotate(name, gone))

    def held_by(self, pod: RunningPod, container: str | None = None) -> list[HeldDevice]:
        """Wait until a pod runs, and return the devices that HAMi chose for it, or for one of its containers.

        Raises:
            DevicesError: HAMi does not share the devices of this fleet, so no device is chosen.
        """
        if not self._shared:
            raise DevicesError(
                f"Pod {pod.name} runs on a simulated node without HAMi, where nothing chooses its "
                "devices; use shared devices or a real node"
            )
        pod.wait_until_running()
        return held_devices(
            pod.present(), container, [node.devices for node in self.nodes.values()]
        )

    def reported_devices(self, pod: RunningPod) -> set[str]:
        """Return the ids of the devices that HAMi chose for a pod."""
        return {each.device.id for each in self.held_by(pod)}

    def complete(self, pod: RunningPod) -> None:
        """Set a pod's phase to Succeeded, like a kubelet when all containers have ended without an error."""
        self._completed.add(pod.name)

    def stop_plugins(self, name: str) -> None:
        """Stop the device plugins of a node. They report no devices and allocate none."""
        self._states.stop(name)

    def start_plugins(self, name: str) -> None:
        """Start the device plugins of a node again."""
        self._states.start(name)
        self._plugins.check_pods()

    def full_name_of(self, name: str) -> str:
        """Return the name in the cluster of a node; raise DevicesError if there is none."""
        if name not in self.nodes:
            raise DevicesError(f"the spec has no simulated node {name!r}; add it first")
        return self.nodes[name].full_name

    def name_of(self, full_name: str | None) -> str | None:
        """Return the name in the spec of a cluster's node; None if it is no node of this fleet."""
        for node in self.nodes.values():
            if node.full_name == full_name:
                return node.name
        return None

    def _full_name(self, name: str) -> str:
        # The last part of the namespace's name makes the node's name unique.
        return f"{name}-{self._namespace.rpartition('-')[2]}"

    def _make(self, node: SimulatedNode) -> None:
        # HAMi reads the annotations when the number of devices changes, so the annotations come first.
        self._inventory.apply(node.manifest(self._label, self._shared))
        self.set_status(node)
        self._states.put(node)

    def set_status(self, node: SimulatedNode) -> None:
        """Set the capacity and the allocatable resources of a node to those of its devices."""
        self._kube.patch_status("v1", "Node", node.full_name, node.status(self._shared))

    def _await_ready(self, nodes: Iterable[SimulatedNode]) -> None:
        names = [node.full_name for node in nodes]
        with WatchedObjects(
            self._kube, "v1", "Node", label_selector="=".join(self._label)
        ) as watched:
            wait_for_each(
                watched,
                names,
                accepts_pods,
                # KWOK renews the leases of all nodes, so the nodes before these slow it down as well.
                within=READY_SECONDS + len(self.nodes) * SECONDS_PER_NODE,
                stop_when=[self._kwok.trouble],
                described_as=f"{len(names)} simulated nodes to be Ready",
            )
