"""The devices that a plugin offers to kubelet, and the choice among them; without gRPC."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from maidenhair.errors import DevicesError
from maidenhair.systems.devices.real.plugin_state import PluginState
from maidenhair.systems.devices.vendor_profile import Device, VendorProfile

_SHARE = "::"


@dataclass(frozen=True)
class Unit:
    """A unit that kubelet counts and allocates to a container: a device, or a share of a device.

    Attributes:
        id: the unit's id in kubelet.
        device: the device.
    """

    id: str
    device: Device


@dataclass(frozen=True)
class Offer:
    """The devices of one vendor that a plugin offers on a node.

    Attributes:
        profile: the vendor.
        state: number, health and sharing of the devices.
        node: the node's name in the cluster.
    """

    profile: VendorProfile
    state: PluginState
    node: str

    @property
    def devices(self) -> tuple[Device, ...]:
        """The offered devices, each with its health."""
        return self.state.devices(self.profile, self.node)

    @property
    def units(self) -> tuple[Unit, ...]:
        """The units in the list for kubelet: the devices, or the shares of each device."""
        sharing = self.profile.sharing if self.state.sharing else None
        if sharing is None:
            return tuple(Unit(device.id, device) for device in self.devices)
        return tuple(
            Unit(f"{device.id}{_SHARE}{number}", device)
            for device in self.devices
            for number in range(sharing.units)
        )

    def chosen(self, ids: Iterable[str]) -> list[Device]:
        """Return the devices of units that kubelet chose, each once, sorted by index.

        Args:
            ids: the ids of the units.

        Raises:
            DevicesError: a unit is not offered.
        """
        known = {unit.id: unit.device for unit in self.units}
        chosen = list(ids)
        unknown = sorted(set(chosen) - set(known))
        if unknown:
            raise DevicesError(
                f"{self.profile.resource} on {self.node} has no {unknown[0]}; it offers {len(known)}: "
                f"{', '.join(known)}"
            )
        return sorted({known[each] for each in chosen}, key=lambda device: device.index)

    def preferred(self, available: Sequence[str], required: Sequence[str], size: int) -> list[str]:
        """Return the units that kubelet should prefer: on few NUMA nodes, then by index.

        Args:
            available: the ids of the free units.
            required: the ids that the result must contain.
            size: the number of units.

        Returns:
            The ids of `size` units, or of all units if fewer are available.
        """
        known = {unit.id: unit.device for unit in self.units}
        free = [each for each in available if each in known and each not in required]
        on_node: dict[int, list[str]] = {}
        for each in sorted(free, key=lambda id: (known[id].index, id)):
            on_node.setdefault(known[each].numa, []).append(each)
        taken = list(required)
        near = {known[each].numa for each in required if each in known}
        missing = size - len(taken)

        def rank(numa: int) -> tuple[bool, bool, int, int]:
            there = len(on_node[numa])
            # NUMA nodes of required units first. Then the smallest with enough units, then the largest without.
            return (numa not in near, there < missing, there if there >= missing else -there, numa)

        for numa in sorted(on_node, key=rank):
            taken += on_node[numa][: max(0, size - len(taken))]
        return taken
