"""What the steps of a spec work with, as `context.devices`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from maidenhair.systems.devices.hami.plan import HamiPlan
from maidenhair.systems.devices.simulated.fleet import Fleet
from maidenhair.systems.system import SpecAccess


class DevicesSpec:
    """The simulated nodes of one spec, and what is needed to simulate devices.

    Args:
        spec: the spec.
        hami: HAMi's scheduler as it was installed; None where the cluster is used as it is.
        images: the names of the images of simulated devices; none where nodes lack them.
    """

    def __init__(self, spec: SpecAccess, hami: HamiPlan | None, images: Mapping[str, str]) -> None:
        self.hami = hami
        self.images = images
        self._spec = spec

    @cached_property
    def fleet(self) -> Fleet:
        """The spec's simulated nodes, whose devices HAMi shares; there are none at first.

        Raises:
            ToolchainError: KWOK could not be provided.
        """
        return self._open_fleet(shared=True)

    def simulate_whole_devices(self) -> None:
        """Have the spec's simulated nodes be none of HAMi's business: containers get whole devices."""
        self.fleet = self._open_fleet(shared=False)

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
