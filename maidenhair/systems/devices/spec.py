"""The devices of one spec: `context.devices` in steps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from maidenhair.errors import DevicesError
from maidenhair.systems.devices.device_nodes import DeviceNodes
from maidenhair.systems.devices.hami.installation import Installation
from maidenhair.systems.devices.hami.plan import HamiPlan
from maidenhair.systems.devices.pod_request import PodRequest
from maidenhair.systems.devices.pods.pod import DevicePod
from maidenhair.systems.devices.pods.pod_settings import request_of
from maidenhair.systems.devices.pods.priority_class import priority_class
from maidenhair.systems.devices.real.real_nodes import RealNodes
from maidenhair.systems.devices.simulated.fleet import Fleet
from maidenhair.systems.system import SpecAccess

RELEASE = re.compile(r'HAMi release "(?P<name>[^"]+)"')


class DevicesSpec:
    """The nodes with devices of one spec, and the pods that request them.

    The nodes are real until `simulate_nodes` is called.

    Args:
        spec: the spec.
        hami: the plan that HAMi's scheduler was installed from; None if the run installed nothing.
        images: the names of the images of simulated devices; empty if the nodes lack them.

    Attributes:
        nodes: the nodes that pods of the spec run on.
        releases: the releases of HAMi that the spec installed, by their names in the spec.
    """

    def __init__(self, spec: SpecAccess, hami: HamiPlan | None, images: Mapping[str, str]) -> None:
        self.hami = hami
        self.images = images
        self._spec = spec
        self.nodes: DeviceNodes = self.real
        self.releases: dict[str, Installation] = {}

    @cached_property
    def real(self) -> RealNodes:
        """The cluster's node to which the spec adds simulated devices."""
        return RealNodes(self._spec, self.images)

    @property
    def fleet(self) -> Fleet:
        """The spec's simulated nodes.

        Raises:
            DevicesError: the nodes of the spec are real.
        """
        if not isinstance(self.nodes, Fleet):
            raise DevicesError("the nodes of this spec are real; call simulate_nodes() first")
        return self.nodes

    def simulate_nodes(self, shared: bool) -> None:
        """Switch the spec to simulated nodes.

        Args:
            shared: whether HAMi shares their devices. Otherwise a device belongs to one container at a time.

        Raises:
            ToolchainError: KWOK could not be found, downloaded or built.
        """
        self.nodes = self._open_fleet(shared)

    def pod(self, name: str) -> DevicePod:
        """Return the pod of the spec with this name. It need not exist."""
        return DevicePod(self._spec.kube, self._spec.namespace, name, self.nodes)

    def request(self, settings: Iterable[Sequence[str]]) -> PodRequest:
        """Return the pod that a table of settings describes.

        Args:
            settings: pairs of a setting and a value, as for `request_of`. The scheduler may be `HAMi release "NAME"`, a
                release of the spec. The priority class is one of the spec.

        Raises:
            ConfigurationError: a setting is unknown.
            DevicesError: a value refers to an unknown node or device.
        """
        request = request_of(self.named_in(settings), self.nodes)
        if request.priority_class:
            own = priority_class(self._spec.namespace, request.priority_class)
            request = replace(request, priority_class=own)
        return request

    def named_in(self, settings: Iterable[Sequence[str]]) -> list[tuple[str, str]]:
        """Return pairs of a setting and a value, with `HAMi release "NAME"` replaced by the name of its scheduler."""
        return [(setting, self._scheduler(value)) for setting, value in settings]

    def _scheduler(self, value: str) -> str:
        found = RELEASE.fullmatch(value)
        return self.releases[found["name"]].release if found else value

    def _open_fleet(self, shared: bool) -> Fleet:
        fleet = Fleet(
            self._spec.kube,
            self._spec.inventory,
            self._spec.namespace,
            kwok=self._spec.tool("kwok"),
            kubeconfig=self._spec.kubeconfig("kwok"),
            folder=self._spec.folder,
            shared=shared,
        )
        return self._spec.enter("end the simulated nodes", fleet)
