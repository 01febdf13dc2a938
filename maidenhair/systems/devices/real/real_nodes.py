"""The cluster's node to which one spec adds simulated devices."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Protocol

from maidenhair.errors import DevicesError, KubernetesError, ProgramFailed
from maidenhair.kube.kubectl import Kubectl
from maidenhair.systems.devices.device_nodes import HeldDevice, RunningPod
from maidenhair.systems.devices.hami.protocol import IGNORE_LABEL
from maidenhair.systems.devices.pod_request import Placement
from maidenhair.systems.devices.real.container_report import COMMAND, QUERY, parse_report
from maidenhair.systems.devices.real.device_plugin import Simulation
from maidenhair.systems.devices.real.node_label import label_node
from maidenhair.systems.devices.real.plugin_state import PluginState
from maidenhair.systems.devices.vendor_profile import Device, VendorProfile
from maidenhair.systems.system import SpecAccess

KILLED = 137
"""The exit status of a process that the kernel killed: 128 plus the number of SIGKILL."""


class Restarts(Protocol):
    """The part of a provider that restarts programs of a node."""

    def restart(self, node: str, program: str) -> None:
        """Restart a program of a node, for example "kubelet"."""


class RealNodes:
    """The cluster's node to which a spec adds devices.

    A spec uses one node. Its pods run containers there, which see their devices.

    Args:
        spec: the spec.
        images: the names of the images of simulated devices.

    Attributes:
        shared: whether HAMi shares the devices that are added from now on. Otherwise a device belongs to one container
            at a time.
        plugins: the device plugins, by vendor.
    """

    def __init__(self, spec: SpecAccess, images: Mapping[str, str]) -> None:
        self.shared = False
        self.plugins: dict[VendorProfile, Simulation] = {}
        self._spec = spec
        self._images = images
        self._name: str | None = None

    @property
    def placement(self) -> Placement:
        """The placement of pods whose containers report their devices with the tools of the node's vendors."""
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
        """Add devices to the node, and wait until it offers them. The arguments are those of `DeviceNodes.add`.

        Raises:
            DevicesError: the spec has another node, a model is set, or the node already offers devices of the vendor.
            KubernetesError: the API refused a request, or did not answer.
            WaitTimedOut: the node did not offer the devices in time.
        """
        if model is not None:
            raise DevicesError(
                f"node {name!r} is real, and only simulated nodes can have devices of model {model!r}; "
                "omit the model or simulate the node"
            )
        for profile, count in devices.items():
            plugin = self._plugin(name, profile, count)
            self._spec.enter(f"remove the {profile.title} devices", plugin)

    def add_unlabelled(self, name: str, devices: Mapping[VendorProfile, int]) -> None:
        """Deploy device plugins for the node without its label "gpu=on", until the spec ends.

        Args:
            name: the node's name in the spec.
            devices: the number of devices of each vendor.
        """
        for profile, count in devices.items():
            plugin = self._plugin(name, profile, count)
            label_node(self._spec.kube, plugin.node, labelled=False)
            self._spec.defer("label the node as before", lambda: self.label(name))
            self._spec.defer(f"remove the {profile.title} devices", plugin.remove)
            plugin.deploy(labelled=False)

    def plugin(self, name: str, profile: VendorProfile) -> Simulation:
        """Return a vendor's device plugin on a node; raise DevicesError if the spec has no such node or plugin."""
        self.full_name_of(name)
        if profile not in self.plugins:
            raise DevicesError(f"node {name!r} has no {profile.title} devices; add them first")
        return self.plugins[profile]

    def full_name_of(self, name: str) -> str:
        """Return the name in the cluster of the spec's node; raise DevicesError if the spec has no such node."""
        if name != self._name:
            raise DevicesError(f"the spec has no node {name!r} with devices; add it first")
        return next(iter(self.plugins.values())).node

    def name_of(self, full_name: str | None) -> str | None:
        """Return the name in the spec of a cluster's node; None if it is not the spec's node."""
        own = [plugin.node for plugin in self.plugins.values()]
        return self._name if full_name in own else None

    def devices_of(self, name: str, profile: VendorProfile) -> tuple[Device, ...]:
        """Return a vendor's devices on the node; raise DevicesError if the spec has no such node or devices."""
        return self.plugin(name, profile).devices

    def set_health(self, name: str, profile: VendorProfile, index: int, healthy: bool) -> None:
        """Break a device, or repair it. The arguments are those of `DeviceNodes.set_health`.

        Raises:
            DevicesError: the spec has no such node or devices, or the device is in this state already.
        """
        plugin = self.plugin(name, profile)
        broken = set(plugin.state.unhealthy)
        if (index not in broken) is healthy:
            state = "works" if healthy else "is broken"
            raise DevicesError(f"{profile.title} device {index} of node {name!r} already {state}")
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
        before = [plugin.count_sent_lists() for plugin in plugins]
        provider.restart(self.full_name_of(name), "kubelet")
        for plugin, count in zip(plugins, before, strict=True):
            plugin.wait_until_list_sent(count)

    def held_by(self, pod: RunningPod, container: str | None = None) -> list[HeldDevice]:
        """Return the devices that the containers of a pod see. The arguments are those of `DeviceNodes.held_by`.

        Raises:
            AssertionError: files, tools and variables of a container disagree about its devices.
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
        """End all containers of a pod without an error."""
        for each in pod.present()["spec"]["containers"]:
            # Before its report the program would fail, or would not notice.
            pod.log(each["name"])
            try:
                self._kubectl.run("exec", pod.name, "-c", each["name"], "--", QUERY, "--end")
            except KubernetesError as error:
                # The kernel kills every process of a container whose first process ends, even the one that ended it.
                if not _was_killed(error):
                    raise

    @cached_property
    def _kubectl(self) -> Kubectl:
        spec = self._spec
        kubeconfig = spec.kubeconfig("kubectl-of-devices", namespace=spec.namespace)
        return Kubectl(spec.cluster.kubectl, kubeconfig, spec.folder / "cache")

    def _plugin(self, name: str, profile: VendorProfile, count: int) -> Simulation:
        if self._name not in (None, name):
            raise DevicesError(
                f"cannot add devices to node {name!r}: the spec already uses node {self._name!r}, and "
                "it can use only one real node; simulate the nodes to have more"
            )
        self._name = name
        spec = self._spec
        state = PluginState(count, sharing=self.shared)
        plugin = Simulation(spec.kube, spec.inventory, spec.namespace, profile, self._images, state)
        self.plugins[profile] = plugin
        return plugin


def _was_killed(error: KubernetesError) -> bool:
    cause = error.__cause__
    return isinstance(cause, ProgramFailed) and cause.status == KILLED
