"""How much of devices the pods of a namespace may have together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from hami_scheduler.requests import Object, whole_number
from hami_scheduler.vendors import VENDORS, Vendor

LIMITS = "limits."


@dataclass(frozen=True)
class Room:
    """What a namespace has left of one vendor: MiB and percents, None for no limit."""

    memory: int | None = None
    cores: int | None = None

    def has(self, memory: int, cores: int) -> bool:
        """Return whether that much fits."""
        return (self.memory is None or memory <= self.memory) and (
            self.cores is None or cores <= self.cores
        )


UNLIMITED = Room()


@dataclass
class Quotas:
    """The limits of the ResourceQuotas of all namespaces, by namespace, quota and resource."""

    _limits: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)

    def replace(self, quotas: Iterable[Object]) -> None:
        """Take the quotas that there are for all there are."""
        self._limits = {}
        for quota in quotas:
            self.put(quota)

    def put(self, quota: Object) -> None:
        """Take a quota that is new or changed."""
        hard = (quota.get("spec") or {}).get("hard") or {}
        limits = {
            name[len(LIMITS) :]: number
            for name, quantity in hard.items()
            if name.startswith(LIMITS) and (number := whole_number(quantity)) is not None
        }
        metadata = quota["metadata"]
        self._limits.setdefault(metadata["namespace"], {})[metadata["name"]] = limits

    def remove(self, quota: Object) -> None:
        """Forget a quota."""
        metadata = quota["metadata"]
        self._limits.get(metadata["namespace"], {}).pop(metadata["name"], None)

    def room(self, namespace: str, vendor: Vendor, memory: int, cores: int) -> Room:
        """Return what is left of a vendor to a namespace whose pods have `memory` MiB and `cores` percents."""
        return Room(
            self._left(namespace, vendor.memory, memory), self._left(namespace, vendor.cores, cores)
        )

    def rooms(self, namespace: str, used: dict[str, tuple[int, int]]) -> dict[str, Room]:
        """Return what is left of each vendor to a namespace, by the vendor's word.

        Args:
            namespace: the namespace.
            used: the memory and the cores that its pods have, by the vendor's word.
        """
        return {
            vendor.word: self.room(namespace, vendor, *used.get(vendor.word, (0, 0)))
            for vendor in VENDORS
        }

    def _left(self, namespace: str, resource: str, used: int) -> int | None:
        quotas = self._limits.get(namespace)
        if not quotas or not resource:
            return None
        limits = [limits[resource] for limits in quotas.values() if resource in limits]
        return max(min(limits) - used, 0) if limits else None
