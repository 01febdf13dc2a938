"""The used parts of devices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from hami_scheduler.protocol import Device, Share, Shares, Slices


@dataclass(slots=True)
class Use:
    """The used part of a device.

    Attributes:
        shares: the number of shares.
        memory: the memory, in MiB.
        cores: the compute units, in percent or in units of the device.
        parts: the used slices of a device that is divided into parts.
        applications: the number of pods, by the class of their application.
    """

    shares: int = 0
    memory: int = 0
    cores: int = 0
    parts: list[Slices] = field(default_factory=list)
    applications: Counter[str] = field(default_factory=Counter)

    def copy(self) -> Use:
        """Return a copy."""
        parts, applications = list(self.parts), Counter(self.applications)
        return Use(self.shares, self.memory, self.cores, parts, applications)

    def add(self, share: Share) -> None:
        """Add a share."""
        self.shares += 1
        self.memory += share.memory
        self.cores += share.cores
        if share.place is not None:
            self.parts.append(share.place)

    def count(self, other: Use, sign: int) -> None:
        """Add another use, or subtract it if `sign` is -1."""
        self.shares += sign * other.shares
        self.memory += sign * other.memory
        self.cores += sign * other.cores
        for part in other.parts:
            if sign > 0:
                self.parts.append(part)
            else:
                self.parts.remove(part)
        for name, number in other.applications.items():
            self.applications[name] += sign * number

    def raise_to(self, other: Use) -> None:
        """Set each number to the larger one of both uses."""
        self.shares = max(self.shares, other.shares)
        self.memory = max(self.memory, other.memory)
        self.cores = max(self.cores, other.cores)


@dataclass(slots=True)
class Card:
    """A device of a node.

    Attributes:
        device: the device.
        use: its used part.
        cordoned: whether no pod may get it.
    """

    device: Device
    use: Use
    cordoned: bool = False

    def copy(self) -> Card:
        """Return a copy whose use can change on its own."""
        return Card(self.device, self.use.copy(), self.cordoned)


def uses(shares: Shares, init: int) -> dict[str, Use]:
    """Return the part of each device that a pod uses at most at any time, by the device's id.

    Init containers run one after the other before the other containers, so the larger use counts.

    Args:
        shares: the shares of the pod's containers.
        init: the number of init containers, which come first in `shares`.
    """
    total: dict[str, Use] = {}
    for container in shares[init:]:
        _count(container, total)
    for container in shares[:init]:
        for share in container:
            alone = Use()
            alone.add(share)
            total.setdefault(share.id, Use()).raise_to(alone)
    return total


def _count(container: Sequence[Share], into: dict[str, Use]) -> None:
    for share in container:
        into.setdefault(share.id, Use()).add(share)
