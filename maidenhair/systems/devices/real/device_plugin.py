"""A vendor's devices on a node of a real cluster, for as long as a spec wants them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from hamcrest import all_of, greater_than, has_length, not_none, starts_with
from hamcrest.core.matcher import Matcher

from maidenhair.errors import DevicesError, KubernetesError
from maidenhair.kube import Kube, Object
from maidenhair.kube.diagnosis.explain import explain
from maidenhair.kube.kubectl import Kubectl
from maidenhair.kube.matchers import has_annotations, has_jmespath
from maidenhair.kube.run.inventory import Inventory
from maidenhair.kube.watch.watched import WatchedObject, WatchedObjects
from maidenhair.systems.devices.hami.protocol import REPORTED, registered
from maidenhair.systems.devices.real.node_label import (
    device_node,
    has_quantity,
    label_node,
    quantity,
)
from maidenhair.systems.devices.real.plugin_manifests import VENDOR_LABEL, PluginManifests
from maidenhair.systems.devices.real.plugin_state import PluginState
from maidenhair.systems.devices.vendor_profile import Device, VendorProfile
from maidenhair.waiting import eventually

OFFERED_SECONDS = 60.0
GONE_SECONDS = 60.0
LOG_LINES = 5


class Simulation:
    """The simulated devices of one vendor on one node: a context manager; nothing of them is left after it.

    Whatever pods of the namespace hold devices are deleted when the context is left.

    Args:
        kube: the API.
        inventory: makes what is made in the namespace.
        namespace: the spec's namespace.
        profile: the vendor.
        images: the images of simulated devices; "device-plugin" is used.
        state: what is offered at first; the profile's count of healthy devices by default.
        node: the node; the first that takes pods by default.
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
        """Deploy the plugin, label the node unless it is, and wait until it offers the devices.

        Raises:
            DevicesError: the node offers devices of this vendor already.
            KubernetesError: the API could not be used.
            WaitTimedOut: the node did not come to offer them.
        """
        try:
            self.deploy()
            self.wait_until_offered()
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
        """Remove plugin and pods, and wait until the node offers none of the devices and tells nothing of them.

        Raises:
            WaitTimedOut: something was left.
        """
        self.remove()

    @property
    def devices(self) -> tuple[Device, ...]:
        """The devices of the node."""
        return self.state.devices(self.profile, self.node)

    def deploy(self, labelled: bool = True) -> None:
        """Deploy the plugin.

        Args:
            labelled: whether the node is given the label by which it takes part.

        Raises:
            DevicesError: the node offers devices of this vendor already.
        """
        offered = quantity(self._kube.get("v1", "Node", self.node), "allocatable", self.profile)
        if offered:
            raise DevicesError(
                f"node {self.node} offers {offered} {self.profile.resource} already: somebody else's devices, or a "
                "spec that runs beside; lock it with @exclusive."
                f"{self.profile.name}"
            )
        if labelled:
            label_node(self._kube, self.node)
        self._inventory.apply_all(self._manifests.everything(self.state))

    def change(self, **changes: Any) -> None:
        """Have the plugin offer something else; `changes` are attributes of `PluginState`."""
        self.state = replace(self.state, **changes)
        self._inventory.apply(self._manifests.config_map(self.state))

    def crash(self) -> None:
        """Have the plugin die at once, as one that is killed, and wait until it offers devices again."""
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
                described_as=f"Pod {self._namespace}/{name} to be started again",
            )
        self.wait_until_told(0)
        self.wait_until_offered()

    def tellings(self) -> int:
        """Return how often the plugin, since it was started last, has told kubelet what it offers."""
        [pod] = self.plugin_pods(1)
        log = self._kube.pod_logs(self._namespace, pod["metadata"]["name"])
        return sum(line.startswith("told kubelet of") for line in log.splitlines())

    def wait_until_told(self, before: int) -> None:
        """Wait until the plugin has told kubelet what it offers more often than `before`."""
        eventually(
            self.tellings,
            greater_than(before),
            within=OFFERED_SECONDS,
            described_as=f"the plugin in {self._namespace} to have told kubelet of devices",
            explain=self._explanation,
        )

    def wait_until_offered(self) -> Object:
        """Wait until the node offers what the state says, and return the node."""
        healthy = sum(device.healthy for device in self.devices)
        units, all_units = self._units(healthy), self._units(self.state.count)
        return self.wait_for(units, all_units)

    def wait_for(self, allocatable: int, capacity: int | None = None) -> Object:
        """Wait until the node has so many to give, and in all if that is said, and return the node."""
        wanted = [has_quantity("allocatable", self.profile, allocatable)]
        told = f"to offer {allocatable} {self.profile.resource}"
        if capacity is not None:
            wanted.append(has_quantity("capacity", self.profile, capacity))
            told += f" of {capacity}"
        return self._wait_for_node(all_of(*wanted), told, OFFERED_SECONDS)

    def wait_until_registered(self) -> list[dict[str, Any]]:
        """Wait until annotations of the node tell of the devices as HAMi wants to be told, and return what they tell.

        Raises:
            DevicesError: the vendor's devices are not shared, or what is told of them is malformed.
        """
        sharing = self.profile.sharing
        if sharing is None:
            raise DevicesError(f"devices of {self.profile.title} are not shared by HAMi")
        node = self._wait_for_node(
            has_annotations(
                {sharing.handshake: starts_with(REPORTED), sharing.register: not_none()}
            ),
            "to be annotated with its devices",
            OFFERED_SECONDS,
        )
        return registered(node["metadata"]["annotations"][sharing.register])

    def plugin_pods(self, count: int) -> list[Object]:
        """Wait until there are so many pods of the plugin, and return them."""
        selector = f"{VENDOR_LABEL}={self.profile.name}"
        with WatchedObjects(
            self._kube, "v1", "Pod", self._namespace, label_selector=selector
        ) as pods:
            found: list[Object] = eventually(
                pods,
                has_length(count),
                within=GONE_SECONDS,
                described_as=f"the plugin's pods in {self._namespace} to be {count}",
                explain=self._explanation,
            )
        return found

    def holders(self, kubectl: Kubectl) -> dict[str, str]:
        """Return which pod of the namespace has which device, as kubelet tells a program on its node.

        Args:
            kubectl: runs that program, in the pod of the plugin.

        Raises:
            KubernetesError: it could not be run.
        """
        [pod] = self.plugin_pods(1)
        module = "maidenhair.systems.devices.plugin.holders"
        told = kubectl.run("exec", pod["metadata"]["name"], "--", "python", "-m", module)
        holders: dict[str, dict[str, str]] = json.loads(told)
        return holders.get(self._namespace, {})

    def remove(self) -> None:
        """Remove plugin and pods, and wait until nothing of the devices is left; do nothing where that is so."""
        self._kube.delete("apps/v1", "DaemonSet", self._manifests.name, self._namespace)
        self._remove_holders()
        selector = f"{VENDOR_LABEL}={self.profile.name}"
        self._kube.delete_all("v1", "Pod", self._namespace, selector)
        self.plugin_pods(0)
        self.wait_for(0)
        self._forget()

    def _forget(self) -> None:
        """Remove what a plugin has told of its node that died before it could do so itself."""
        sharing = self.profile.sharing
        if sharing is not None:
            gone = dict.fromkeys((sharing.register, sharing.handshake))
            self._kube.patch("v1", "Node", self.node, {"metadata": {"annotations": gone}})

    def _remove_holders(self) -> None:
        pods = self._kube.list("v1", "Pod", self._namespace)
        for pod in pods:
            if VENDOR_LABEL not in (pod["metadata"].get("labels") or {}) and asks_for(
                pod, self.profile.resource
            ):
                self._kube.delete("v1", "Pod", pod["metadata"]["name"], self._namespace)

    def _units(self, devices: int) -> int:
        sharing = self.profile.sharing if self.state.sharing else None
        return devices * (sharing.shares if sharing else 1)

    def _wait_for_node(self, matcher: Matcher[Any], wanted: str, within: float) -> Object:
        with WatchedObject(self._kube, "v1", "Node", self.node) as watched:
            found = eventually(
                watched,
                matcher,
                within=within,
                described_as=f"Node {self.node} {wanted}",
                explain=self._explanation,
            )
        return found or {}

    def _explanation(self) -> str:
        """Return why the plugin does not do its part: the state of its pods, and what they printed last."""
        selector = f"{VENDOR_LABEL}={self.profile.name}"
        pods = self._kube.list("v1", "Pod", self._namespace, selector)
        lines = [] if pods else [f"the plugin has no pod in {self._namespace}"]
        for pod in pods:
            lines.append(explain(self._kube, pod))
            try:
                name = pod["metadata"]["name"]
                lines.append(self._kube.pod_logs(self._namespace, name, tail_lines=LOG_LINES))
            except KubernetesError as error:
                lines.append(str(error))
        return "\n".join(lines)


def asks_for(pod: Object, resource: str) -> bool:
    """Return whether a container of a pod asks for a resource."""
    spec = pod["spec"]
    containers = [*spec["containers"], *(spec.get("initContainers") or ())]
    return any(
        resource in ((each.get("resources") or {}).get("limits") or {}) for each in containers
    )
