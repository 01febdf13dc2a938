"""The node of a real cluster that has simulated devices in one spec."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Protocol

from maidenhair.errors import DevicesError
from maidenhair.kube.kubectl import Kubectl
from maidenhair.systems.devices.device_nodes import HeldDevice, RunningPod
from maidenhair.systems.devices.hami.protocol import IGNORE_LABEL
from maidenhair.systems.devices.pods.pod_request import Placement
from maidenhair.systems.devices.real.container_report import COMMAND, QUERY, parse_report
from maidenhair.systems.devices.real.device_plugin import Simulation
from maidenhair.systems.devices.real.node_label import label_node
from maidenhair.systems.devices.real.plugin_state import PluginState
from maidenhair.systems.devices.vendor_profile import Device, VendorProfile
from maidenhair.systems.system import SpecAccess


class Restarts(Protocol):
    """A provider that can restart the programs of a node."""

    def restart(self, node: str, program: str) -> None:
        """Restart a program of a node."""


class RealNodes:
    """The node of a cluster to which a spec adds devices, by the name that the spec gives it.

    A spec uses one node, on which its pods run containers that see their devices.

    Args:
        spec: the spec.
        images: the images of simulated devices.

    Attributes:
        shared: whether HAMi shares the devices of nodes that are added from now on. Otherwise a device belongs to
            one container at a time.
        plugins: the device plugins by vendor.
    """

    def __init__(self, spec: SpecAccess, images: Mapping[str, str]) -> None:
        self.shared = False
        self.plugins: dict[VendorProfile, Simulation] = {}
        self._spec = spec
        self._images = images
        self._name: str | None = None

    @property
    def placement(self) -> Placement:
        """Return how pods run that report their devices, with the tools of the vendors that the node has."""
        tools = sorted({profile.tool for profile in self.plugins})
        return Placement(
            image=self._images.get(QUERY, QUERY),
            command=(*COMMAND, *tools),
            pod={
                "restartPolicy": "Never",
                "terminationGracePeriodSeconds": 1,
                "enableServiceLinks": False,
            },
            labels={} if self.shared else IGNORE_LABEL,
        )

    def add(
        self, name: str, devices: Mapping[VendorProfile, int], model: str | None = None
    ) -> None:
        """Offer devices on the node, and wait until it offers them.

        Raises:
            DevicesError: the spec has another node, names a model, or the node offers such devices already.
            KubernetesError: the API could not be used.
            WaitTimedOut: the node did not offer the devices in time.
        """
        if model is not None:
            raise DevicesError("only simulated nodes have devices of a chosen model")
        for profile, count in devices.items():
            plugin = self._plugin(name, profile, count)
            self._spec.enter(f"remove the {profile.title} devices", plugin)

    def add_unlabelled(self, name: str, devices: Mapping[VendorProfile, int]) -> None:
        """Deploy the device plugins for a node that lacks the label "gpu=on", until the spec ends."""
        for profile, count in devices.items():
            plugin = self._plugin(name, profile, count)
            label_node(self._spec.kube, plugin.node, labelled=False)
            self._spec.defer("label the node as before", lambda: self.label(name))
            self._spec.defer(f"remove the {profile.title} devices", plugin.remove)
            plugin.deploy(labelled=False)

    def plugin(self, name: str, profile: VendorProfile) -> Simulation:
        """Return a vendor's device plugin on a node; raise DevicesError if the node has none."""
        self.full_name_of(name)
        if profile not in self.plugins:
            raise DevicesError(f"node {name!r} has no {profile.title} devices; add them first")
        return self.plugins[profile]

    def full_name_of(self, name: str) -> str:
        """Return the cluster's name for the node; raise DevicesError if the spec does not call it so."""
        if name != self._name:
            raise DevicesError(f"there is no node {name!r} with devices; add it first")
        return next(iter(self.plugins.values())).node

    def name_of(self, full_name: str | None) -> str | None:
        """Return the spec's name for a node of the cluster; None if it has none."""
        own = [plugin.node for plugin in self.plugins.values()]
        return self._name if full_name in own else None

    def devices_of(self, name: str, profile: VendorProfile) -> tuple[Device, ...]:
        """Return a vendor's devices on the node."""
        return self.plugin(name, profile).devices

    def set_health(self, name: str, profile: VendorProfile, index: int, healthy: bool) -> None:
        """Break a device, or repair it.

        Raises:
            DevicesError: it is broken already, or it works.
        """
        plugin = self.plugin(name, profile)
        broken = set(plugin.state.unhealthy)
        if (index not in broken) is healthy:
            state = "works" if healthy else "is broken"
            raise DevicesError(f"{profile.title} device {index} of node {name!r} {state} already")
        plugin.change(unhealthy=tuple(sorted(broken ^ {index})))

    def remove_plugin(self, name: str, profile: VendorProfile) -> None:
        """Remove a vendor's device plugin and the pods that have its devices."""
        self.plugin(name, profile).remove()

    def label(self, name: str, labelled: bool = True) -> None:
        """Give the node the label "gpu=on", or remove it."""
        label_node(self._spec.kube, self.full_name_of(name), labelled=labelled)

    def restart_kubelet(self, name: str, provider: Restarts) -> None:
        """Restart the node's kubelet, and wait until the device plugins have registered again."""
        plugins = list(self.plugins.values())
        before = [plugin.tellings() for plugin in plugins]
        provider.restart(self.full_name_of(name), "kubelet")
        for plugin, count in zip(plugins, before, strict=True):
            plugin.wait_until_told(count)

    def held_by(self, pod: RunningPod, container: str | None = None) -> list[HeldDevice]:
        """Return the devices that the containers of a pod see.

        Raises:
            AssertionError: a container's files, variables and tools disagree about its devices.
        """
        offered = {profile: plugin.devices for profile, plugin in self.plugins.items()}
        names = [container]
        if container is None:
            names = [each["name"] for each in pod.present()["spec"]["containers"]]
        return [
            held for name in names if name for held in parse_report(pod.log(name)).held(offered)
        ]

    def reported_devices(self, pod: RunningPod) -> set[str]:
        """Return the ids of the devices that kubelet's pod-resources API reports for a pod."""
        return {
            device
            for plugin in self.plugins.values()
            for device, name in plugin.holders(self._kubectl).items()
            if name == pod.name
        }

    def complete(self, pod: RunningPod) -> None:
        """Ask the containers of a pod to end. They end without an error."""
        for each in pod.present()["spec"]["containers"]:
            self._kubectl.run("exec", pod.name, "-c", each["name"], "--", QUERY, "--end")

    @cached_property
    def _kubectl(self) -> Kubectl:
        spec = self._spec
        kubeconfig = spec.kubeconfig("kubectl-of-devices", namespace=spec.namespace)
        return Kubectl(spec.cluster.kubectl, kubeconfig, spec.folder / "cache")

    def _plugin(self, name: str, profile: VendorProfile, count: int) -> Simulation:
        if self._name not in (None, name):
            raise DevicesError(f"node {self._name!r} has the devices of this spec; it has no other")
        self._name = name
        spec = self._spec
        state = PluginState(count, sharing=self.shared)
        plugin = Simulation(spec.kube, spec.inventory, spec.namespace, profile, self._images, state)
        self.plugins[profile] = plugin
        return plugin
