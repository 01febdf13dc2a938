"""What the steps of a spec work with, as `context.devices`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from maidenhair.errors import DevicesError
from maidenhair.systems.devices.device_nodes import DeviceNodes
from maidenhair.systems.devices.hami.installation import Installation
from maidenhair.systems.devices.hami.plan import HamiPlan
from maidenhair.systems.devices.pods.pod import DevicePod
from maidenhair.systems.devices.pods.pod_request import PodRequest
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
        hami: HAMi's scheduler as it was installed; None where the cluster is used as it is.
        images: the names of the images of simulated devices; none where nodes lack them.

    Attributes:
        nodes: the nodes on which pods of the spec run.
        releases: releases of HAMi that the spec installed, by the spec's names for them.
    """

    def __init__(self, spec: SpecAccess, hami: HamiPlan | None, images: Mapping[str, str]) -> None:
        self.hami = hami
        self.images = images
        self._spec = spec
        self.nodes: DeviceNodes = self.real
        self.releases: dict[str, Installation] = {}

    @cached_property
    def real(self) -> RealNodes:
        """The node of the cluster that gets simulated devices. Its pods run."""
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
        """Use simulated nodes from now on.

        Args:
            shared: whether HAMi shares their devices. Otherwise a device belongs to one container at a time.

        Raises:
            ToolchainError: KWOK could not be provided.
        """
        self.nodes = self._open_fleet(shared)

    def pod(self, name: str) -> DevicePod:
        """Return a pod of the spec, which need not exist."""
        return DevicePod(self._spec.kube, self._spec.namespace, name, self.nodes)

    def request(self, settings: Iterable[Sequence[str]]) -> PodRequest:
        """Return the pod that a table of settings describes; see `request_of`.

        The scheduler may be `HAMi release "NAME"`, for a release of the spec. A PriorityClass is the spec's own.
        """
        request = request_of(settings, self.nodes)
        if request.scheduler and (found := RELEASE.fullmatch(request.scheduler)):
            request = replace(request, scheduler=self.releases[found["name"]].release)
        if request.priority_class:
            own = priority_class(self._spec.namespace, request.priority_class)
            request = replace(request, priority_class=own)
        return request

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
