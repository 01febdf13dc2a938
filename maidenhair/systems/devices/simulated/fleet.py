"""The simulated nodes of one spec: made by it, used by its pods alone, and gone with it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from maidenhair.errors import DevicesError
from maidenhair.kube import Kube, Object
from maidenhair.kube.kubectl import Kubectl
from maidenhair.kube.matchers import has_condition
from maidenhair.kube.run.inventory import Inventory
from maidenhair.kube.run.labels import NAMESPACE_LABEL
from maidenhair.kube.watch.watched import WatchedObjects
from maidenhair.systems.devices.concurrent import do_each, wait_for_each
from maidenhair.systems.devices.device_nodes import HeldDevice, RunningPod
from maidenhair.systems.devices.hami.held_devices import held_devices
from maidenhair.systems.devices.pods.pod_request import Placement
from maidenhair.systems.devices.simulated.device_plugins import SimulatedPlugins
from maidenhair.systems.devices.simulated.kwok import Kwok
from maidenhair.systems.devices.simulated.node import SimulatedNode, placement
from maidenhair.systems.devices.vendor_profile import Device, VendorProfile

READY_SECONDS = 60.0
NEW_NODE_TAINTS = "node.kubernetes.io/"
SECONDS_PER_NODE = 0.2


class Fleet:
    """Simulated nodes that KWOK keeps alive; a context manager.

    Where HAMi shares the devices, their device plugins are simulated as well.

    Args:
        kube: the API.
        inventory: what makes the nodes, and removes them when the spec ends.
        namespace: the spec's namespace, in which its pods are.
        kwok: KWOK's executable.
        kubeconfig: the cluster's, for KWOK.
        folder: where KWOK's log goes.
        shared: whether HAMi is told of the devices; else pods get whole devices, as without HAMi.

    Attributes:
        nodes: the nodes, by the names that the spec calls them by.
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
        self.nodes: dict[str, SimulatedNode] = {}
        self._kube = kube
        self._inventory = inventory
        self._namespace = namespace
        self._label = (NAMESPACE_LABEL, namespace)
        self._shared = shared
        self._kwok = Kwok(kwok, kubeconfig, "=".join(self._label), folder / "kwok.log")
        self._silent: set[str] = set()
        self._lock = threading.Lock()
        self._plugins = SimulatedPlugins(kube, namespace, self._awake)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Start KWOK and the device plugins."""
        self._stack.enter_context(self._kwok)
        if self._shared:
            self._stack.enter_context(self._plugins)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End both; the nodes and the pods on them go first, as nobody ends those pods any more then."""
        try:
            do_each(self.remove, list(self.nodes))
            self._kube.delete_all("v1", "Pod", self._namespace, grace_period_seconds=0)
        finally:
            self._stack.close()

    @property
    def vendors(self) -> list[VendorProfile]:
        """Return the vendors of the devices of its nodes, each once."""
        return list({profile: None for node in self.nodes.values() for profile in node.devices})

    @property
    def placement(self) -> Placement:
        """Return where pods of this fleet may run: on its nodes alone."""
        return placement(self._label, self._shared)

    def add(
        self, name: str, devices: Mapping[VendorProfile, int], model: str | None = None
    ) -> SimulatedNode:
        """Add a node, and wait until it is Ready.

        Args:
            name: the name that the spec calls it by.
            devices: how many devices of which vendors it has.
            model: what the vendors call the devices; the profiles' models by default.

        Raises:
            DevicesError: the fleet has a node of that name.
            KubernetesError: the API refused it.
            WaitError: it did not become Ready.
        """
        [node] = self.add_all({name: devices}, model)
        return node

    def add_all(
        self,
        nodes: Mapping[str, Mapping[VendorProfile, int]],
        model: str | None = None,
    ) -> list[SimulatedNode]:
        """Add several nodes at once; as `add`."""
        added = []
        for name, devices in nodes.items():
            if name in self.nodes:
                raise DevicesError(f"there is a simulated node {name!r} already")
            node = SimulatedNode(name, self._full_name(name))
            own = {
                profile: self._devices(profile, node.full_name, count, model)
                for profile, count in devices.items()
            }
            added.append(replace(node, devices=own))
        do_each(self._make, added)
        self._await_ready(added)
        return added

    def remove(self, name: str) -> None:
        """Remove a node, as when its machine is taken away; its pods are deleted by Kubernetes."""
        with self._lock:
            node = self.nodes.pop(name)
        self._kube.delete("v1", "Node", node.full_name)

    def cordon(self, name: str) -> None:
        """Have a node take no more pods."""
        self._patch(name, {"spec": {"unschedulable": True}})

    def drain(self, name: str, kubectl: Kubectl) -> None:
        """Have a node take no more pods, and evict those that it has, as administrators do.

        Raises:
            KubernetesError: kubectl failed; with what it said.
        """
        kubectl.run("drain", self.nodes[name].full_name, "--force", "--ignore-daemonsets")

    def annotate(self, name: str, annotations: Mapping[str, str | None]) -> None:
        """Set annotations of a node; those that are None are removed."""
        self._patch(name, {"metadata": {"annotations": dict(annotations)}})

    def devices_of(self, name: str, profile: VendorProfile) -> tuple[Device, ...]:
        """Return a vendor's devices on a node.

        Raises:
            DevicesError: there is no such node, or it has none of them.
        """
        node = self.nodes.get(name)
        if node is None or profile not in node.devices:
            raise DevicesError(f"there is no simulated node {name!r} with {profile.title} devices")
        return node.devices[profile]

    def set_health(self, name: str, profile: VendorProfile, index: int, healthy: bool) -> None:
        """Break a device of a node, or repair it."""
        device = self.devices_of(name, profile)[index]
        if device.healthy is healthy:
            raise DevicesError(
                f"device {index} of node {name!r} is {'' if healthy else 'un'}healthy already"
            )
        node = self.nodes[name].changed(device, healthy=healthy)
        with self._lock:
            self.nodes[name] = node
        if self._shared:
            self.annotate(name, node.registration(datetime.now(UTC)))
        self._set_status(node)

    def remove_plugin(self, name: str, profile: VendorProfile) -> None:
        """End a vendor's device plugin of a node: the node offers none of its devices any more, and lists none.

        Raises:
            DevicesError: there is no such node, or it has none of the devices.
        """
        self.devices_of(name, profile)
        node = self.nodes[name]
        listed = replace(node, devices={profile: node.devices[profile]})
        gone = replace(node, devices={**node.devices, profile: ()})
        with self._lock:
            self.nodes[name] = replace(
                node, devices={key: own for key, own in node.devices.items() if key != profile}
            )
        self.annotate(name, dict.fromkeys(listed.registration(datetime.now(UTC))))
        self._set_status(gone)

    def held_by(self, pod: RunningPod, container: str | None = None) -> list[HeldDevice]:
        """Return the devices that HAMi chose for a pod, once it runs.

        Raises:
            DevicesError: HAMi does not share the devices of this fleet, so that nobody chooses them.
        """
        if not self._shared:
            raise DevicesError("nobody knows which whole devices a pod on a simulated node has")
        pod.wait_until_running()
        return held_devices(
            pod.present(), container, [node.devices for node in self.nodes.values()]
        )

    def reported_devices(self, pod: RunningPod) -> set[str]:
        """Return the ids of the devices that HAMi chose for a pod."""
        return {each.device.id for each in self.held_by(pod)}

    def complete(self, pod: RunningPod) -> None:
        """Report that all containers of a pod ended without an error, as the node's kubelet would."""
        status = {"phase": "Succeeded"}
        self._kube.patch_status("v1", "Pod", pod.name, status, namespace=pod.namespace)

    def silence(self, name: str) -> None:
        """Have the device plugins of a node tell nothing any more, and give pods nothing."""
        with self._lock:
            self._silent.add(name)

    def rouse(self, name: str) -> None:
        """Have the device plugins of a node do their work again."""
        with self._lock:
            self._silent.discard(name)
        self._plugins.look()

    def full_name_of(self, name: str) -> str:
        """Return the cluster's name for a node; raise DevicesError if this fleet has no such node."""
        if name not in self.nodes:
            raise DevicesError(f"there is no simulated node {name!r}; add it first")
        return self.nodes[name].full_name

    def name_of(self, full_name: str | None) -> str | None:
        """Return the name that the spec calls a node by; None for one that is not of this fleet."""
        for node in self.nodes.values():
            if node.full_name == full_name:
                return node.name
        return None

    def _full_name(self, name: str) -> str:
        # The namespace's last part is what makes it unique.
        return f"{name}-{self._namespace.rpartition('-')[2]}"

    def _devices(
        self, profile: VendorProfile, node: str, count: int, model: str | None
    ) -> tuple[Device, ...]:
        devices = profile.devices(node, count)
        return tuple(replace(each, model=model or each.model) for each in devices)

    def _make(self, node: SimulatedNode) -> None:
        # HAMi reads what is told of devices when their number changes: the annotations come first.
        self._inventory.apply(node.manifest(self._label, self._shared))
        self._set_status(node)
        with self._lock:
            self.nodes[node.name] = node

    def _set_status(self, node: SimulatedNode) -> None:
        self._kube.patch_status("v1", "Node", node.full_name, node.status(self._shared))

    def _patch(self, name: str, body: Mapping[str, Any]) -> None:
        self._kube.patch("v1", "Node", self.nodes[name].full_name, body)

    def _await_ready(self, nodes: Iterable[SimulatedNode]) -> None:
        names = [node.full_name for node in nodes]
        with WatchedObjects(
            self._kube, "v1", "Node", label_selector="=".join(self._label)
        ) as watched:
            wait_for_each(
                watched,
                names,
                _is_ready,
                within=READY_SECONDS + len(names) * SECONDS_PER_NODE,
                stop_when=[self._kwok.trouble],
                described_as=f"{len(names)} simulated nodes to be Ready",
            )

    def _awake(self) -> Iterable[SimulatedNode]:
        with self._lock:
            return [node for name, node in self.nodes.items() if name not in self._silent]


def _is_ready(node: Object) -> bool:
    taints = [each["key"] for each in node["spec"].get("taints") or []]
    # Kubernetes takes the taint of new nodes off a moment after they are Ready.
    tainted = any(key.startswith(NEW_NODE_TAINTS) for key in taints)
    return has_condition("Ready").matches(node) and not tainted
