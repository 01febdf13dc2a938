"""What a device plugin offers to kubelet, and what it answers about it: no gRPC, no sockets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from maidenhair.errors import DevicesError
from maidenhair.systems.devices.real.plugin_state import PluginState
from maidenhair.systems.devices.vendor_profile import Device, VendorProfile

_SHARE = "::"


@dataclass(frozen=True)
class Unit:
    """One unit that kubelet counts and gives to a container: a device, or a share of it.

    Attributes:
        id: what kubelet knows it by.
        device: the device.
    """

    id: str
    device: Device


@dataclass(frozen=True)
class Offer:
    """What a node is offered of a vendor.

    Attributes:
        profile: the vendor.
        state: what is to be offered.
        node: the node's name.
    """

    profile: VendorProfile
    state: PluginState
    node: str

    @property
    def devices(self) -> tuple[Device, ...]:
        """The node's devices."""
        return self.state.devices(self.profile, self.node)

    @property
    def units(self) -> tuple[Unit, ...]:
        """What kubelet is told of: the devices, or the shares of each."""
        sharing = self.profile.sharing if self.state.sharing else None
        if sharing is None:
            return tuple(Unit(device.id, device) for device in self.devices)
        return tuple(
            Unit(f"{device.id}{_SHARE}{number}", device)
            for device in self.devices
            for number in range(sharing.shares)
        )

    def chosen(self, ids: Iterable[str]) -> list[Device]:
        """Return the devices of units that kubelet chose, each once, the lowest index first.

        Raises:
            DevicesError: one of them is not offered.
        """
        known = {unit.id: unit.device for unit in self.units}
        wanted = list(ids)
        unknown = sorted(set(wanted) - set(known))
        if unknown:
            raise DevicesError(
                f"{self.profile.resource} on {self.node} has no {unknown[0]}; it offers {len(known)}: "
                f"{', '.join(known)}"
            )
        return sorted({known[each] for each in wanted}, key=lambda device: device.index)

    def preferred(self, available: Sequence[str], required: Sequence[str], size: int) -> list[str]:
        """Return so many of the available units as lie together best: on few NUMA nodes, and of lowest index.

        Args:
            available: the ids to choose from.
            required: ids that have to be among them.
            size: how many are wanted.
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
            # Where required ones are, then the fullest fit: of those that suffice the smallest, else the largest.
            return (numa not in near, there < missing, there if there >= missing else -there, numa)

        for numa in sorted(on_node, key=rank):
            taken += on_node[numa][: max(0, size - len(taken))]
        return taken
