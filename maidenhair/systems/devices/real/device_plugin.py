"""The simulated device plugin of a vendor on a real node, from the spec's point of view."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from hamcrest import all_of, greater_than, has_length, not_none
from hamcrest.core.matcher import Matcher

from maidenhair.errors import DevicesError, KubernetesError
from maidenhair.kube import Kube, Object
from maidenhair.kube.diagnosis.explain import explain
from maidenhair.kube.kubectl import Kubectl
from maidenhair.kube.matchers import has_annotations, has_jmespath
from maidenhair.kube.run.inventory import Inventory
from maidenhair.kube.watch.watched import WatchedObject, WatchedObjects
from maidenhair.systems.devices.hami.protocol import registered
from maidenhair.systems.devices.real.node_label import (
    device_node,
    has_quantity,
    label_node,
    quantity,
)
from maidenhair.systems.devices.real.plugin_manifests import VENDOR_LABEL, PluginManifests
from maidenhair.systems.devices.real.plugin_state import PluginState
from maidenhair.systems.devices.real.registration import remove_registration, wait_until_read
from maidenhair.systems.devices.vendor_profile import Device, VendorProfile
from maidenhair.waiting import eventually

OFFERED_SECONDS = 60.0
GONE_SECONDS = 60.0
LOG_LINES = 5


class Simulation:
    """The simulated devices of one vendor on one node: a context manager that removes them on exit.

    On exit it also deletes the pods of the namespace that have devices.

    Args:
        kube: the API.
        inventory: creates the objects in the namespace.
        namespace: the spec's namespace.
        profile: the vendor.
        images: the images of simulated devices, by name; "device-plugin" is used.
        state: the devices to offer at first. Default: the number in the profile, all healthy.
        node: the node's name. Default: the first node that accepts all pods.
    """

    def __init__(
        self,
        kube: Kube,
        inventory: Inventory,
        namespace: str,
        profile: VendorProfile,
        images: Mapping[str, str],
        state: PluginState | None = None,
        node: str | None = None,
    ) -> None:
        self.profile = profile
        self.state = state or PluginState(profile.count)
        self.node = node or device_node(kube)
        self._kube = kube
        self._inventory = inventory
        self._namespace = namespace
        self._manifests = PluginManifests(profile, images["device-plugin"], namespace, self.node)

    def __enter__(self) -> Self:
        """Deploy the plugin, label the node, and wait until the node offers the devices.

        If HAMi shares them, also wait until it has read them: it may still know those of another spec.

        Raises:
            DevicesError: the node already offers devices of this vendor.
            KubernetesError: the API refused a request, or did not answer.
            WaitTimedOut: the node did not offer the devices in time, or HAMi did not read them.
        """
        try:
            self.deploy()
            self.wait_until_offered()
            sharing = self.profile.sharing if self.state.sharing else None
            if sharing is not None and sharing.handshake:
                self.wait_until_registered()
                wait_until_read(self._kube, self.node, self.profile)
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Remove the plugin and the pods, and wait until the node offers and registers none of the devices.

        Raises:
            WaitTimedOut: the plugin, a pod or a device still exists.
        """
        self.remove()

    @property
    def devices(self) -> tuple[Device, ...]:
        """The devices of the node, each with its health."""
        return self.state.devices(self.profile, self.node)

    def deploy(self, labelled: bool = True) -> None:
        """Deploy the plugin.

        Args:
            labelled: whether to set the node's label "gpu=on", without which no plugin runs there.

        Raises:
            DevicesError: the node already offers devices of this vendor.
        """
        offered = quantity(self._kube.get("v1", "Node", self.node), "allocatable", self.profile)
        if offered:
            raise DevicesError(
                f"Node {self.node} already offers {offered} {self.profile.resource}, from another device plugin or a "
                f"parallel spec; tag the spec @exclusive.{self.profile.name}, or remove the other plugin"
            )
        if labelled:
            label_node(self._kube, self.node)
        self._inventory.apply_all(self._manifests.everything(self.state))

    def change(self, **changes: Any) -> None:
        """Change the devices that the plugin offers; `changes` are new values of attributes of `PluginState`."""
        self.state = replace(self.state, **changes)
        self._inventory.apply(self._manifests.config_map(self.state))

    def crash(self) -> None:
        """Crash the plugin, and wait until it runs and offers its devices again."""
        [pod] = self.plugin_pods(1)
        count = pod["status"]["containerStatuses"][0]["restartCount"]
        self.change(crashes=self.state.crashes + 1)
        restarted = has_jmespath("status.containerStatuses[0].restartCount", greater_than(count))
        name = pod["metadata"]["name"]
        with WatchedObject(self._kube, "v1", "Pod", name, self._namespace) as watched:
            eventually(
                watched,
                restarted,
                within=OFFERED_SECONDS,
                described_as=f"Pod {self._namespace}/{name} to be restarted",
            )
        self.wait_until_list_sent(0)
        self.wait_until_offered()

    def count_sent_lists(self) -> int:
        """Return how often the plugin has sent its device list to kubelet since the plugin's last start."""
        [pod] = self.plugin_pods(1)
        log = self._kube.pod_logs(self._namespace, pod["metadata"]["name"])
        return sum(line.startswith("sent kubelet a list of") for line in log.splitlines())

    def wait_until_list_sent(self, before: int) -> None:
        """Wait until the plugin has sent its device list to kubelet more than `before` times since its last start."""
        eventually(
            self.count_sent_lists,
            greater_than(before),
            within=OFFERED_SECONDS,
            described_as=f"the plugin in Namespace {self._namespace} to send its device list to kubelet",
            explain=self._explanation,
        )

    def wait_until_offered(self) -> Object:
        """Wait until the node offers the devices of the plugin's state, and return the node."""
        healthy = sum(device.healthy for device in self.devices)
        units, all_units = self._units(healthy), self._units(self.state.count)
        return self.wait_for(units, all_units)

    def wait_for(self, allocatable: int, capacity: int | None = None) -> Object:
        """Wait until the node has this number of devices, and return the node.

        Args:
            allocatable: the number of allocatable devices or shares.
            capacity: the number of all devices or shares. Default: any number.
        """
        wanted = [has_quantity("allocatable", self.profile, allocatable)]
        goal = f"to offer {allocatable} {self.profile.resource}"
        if capacity is not None:
            wanted.append(has_quantity("capacity", self.profile, capacity))
            goal += f" of {capacity}"
        return self._wait_for_node(all_of(*wanted), goal, OFFERED_SECONDS)

    def wait_until_registered(self) -> list[dict[str, Any]]:
        """Wait until the node's annotations register the devices with HAMi, and return the registered devices.

        Raises:
            DevicesError: HAMi does not share the vendor's devices, or the annotation is malformed.
        """
        sharing = self.profile.sharing
        if sharing is None:
            raise DevicesError(
                f"HAMi does not share {self.profile.title} devices; use a vendor whose profile has [sharing]"
            )
        node = self._wait_for_node(
            has_annotations({sharing.register: not_none()}),
            "to be annotated with its devices",
            OFFERED_SECONDS,
        )
        return registered(node["metadata"]["annotations"][sharing.register])

    def plugin_pods(self, count: int) -> list[Object]:
        """Wait until exactly `count` pods of the plugin exist, terminating ones included, and return them."""
        selector = f"{VENDOR_LABEL}={self.profile.name}"
        with WatchedObjects(
            self._kube, "v1", "Pod", self._namespace, label_selector=selector
        ) as pods:
            found: list[Object] = eventually(
                pods,
                has_length(count),
                within=GONE_SECONDS,
                described_as=f"Namespace {self._namespace} to have {count} pods of the plugin",
                explain=self._explanation,
            )
        return found

    def holders(self, kubectl: Kubectl) -> dict[str, str]:
        """Return the pods of the namespace that have devices, from kubelet's pod-resources API.

        Args:
            kubectl: runs a program in the plugin's pod that reads the API on the node.

        Returns:
            The name of the pod that has the device, by the device's id.

        Raises:
            KubernetesError: kubectl failed.
        """
        [pod] = self.plugin_pods(1)
        module = "maidenhair.systems.devices.plugin.holders"
        output = kubectl.run("exec", pod["metadata"]["name"], "--", "python", "-m", module)
        holders: dict[str, dict[str, str]] = json.loads(output)
        return holders.get(self._namespace, {})

    def remove(self) -> None:
        """Remove the plugin and the pods, and wait until nothing of the devices exists. Safe to call twice."""
        self._kube.delete("apps/v1", "DaemonSet", self._manifests.name, self._namespace)
        self._remove_holders()
        selector = f"{VENDOR_LABEL}={self.profile.name}"
        self._kube.delete_all("v1", "Pod", self._namespace, selector)
        self.plugin_pods(0)
        self.wait_for(0)
        remove_registration(self._kube, self.node, self.profile)

    def _remove_holders(self) -> None:
        pods = self._kube.list("v1", "Pod", self._namespace)
        for pod in pods:
            if VENDOR_LABEL not in (pod["metadata"].get("labels") or {}) and requests_resource(
                pod, self.profile.resource
            ):
                self._kube.delete("v1", "Pod", pod["metadata"]["name"], self._namespace)

    def _units(self, devices: int) -> int:
        sharing = self.profile.sharing if self.state.sharing else None
        return devices * (sharing.units if sharing else 1)

    def _wait_for_node(self, matcher: Matcher[Any], goal: str, within: float) -> Object:
        with WatchedObject(self._kube, "v1", "Node", self.node) as watched:
            found = eventually(
                watched,
                matcher,
                within=within,
                described_as=f"Node {self.node} {goal}",
                explain=self._explanation,
            )
        return found or {}

    def _explanation(self) -> str:
        """Explain why the plugin does not work: the state of its pods, and their last output."""
        selector = f"{VENDOR_LABEL}={self.profile.name}"
        pods = self._kube.list("v1", "Pod", self._namespace, selector)
        lines = [] if pods else [f"the plugin has no pod in Namespace {self._namespace}"]
        for pod in pods:
            lines.append(explain(self._kube, pod))
            try:
                name = pod["metadata"]["name"]
                lines.append(self._kube.pod_logs(self._namespace, name, tail_lines=LOG_LINES))
            except KubernetesError as error:
                lines.append(str(error))
        return "\n".join(lines)


def requests_resource(pod: Object, resource: str) -> bool:
    """Return whether a container of a pod has a limit for a resource."""
    spec = pod["spec"]
    containers = [*spec["containers"], *(spec.get("initContainers") or ())]
    return any(
        resource in ((each.get("resources") or {}).get("limits") or {}) for each in containers
    )
