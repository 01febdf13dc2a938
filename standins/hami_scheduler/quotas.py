"""The quotas of namespaces for memory and compute units of devices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from hami_scheduler.requests import Object, whole_number
from hami_scheduler.vendors import VENDORS, Vendor

LIMITS = "limits."


@dataclass(frozen=True)
class Headroom:
    """The unused quota of a namespace for one device type.

    Attributes:
        memory: the memory, in MiB; None for no limit.
        cores: the compute units, in percent; None for no limit.
    """

    memory: int | None = None
    cores: int | None = None

    def allows(self, memory: int, cores: int) -> bool:
        """Return whether this memory and these compute units are within the quota."""
        return (self.memory is None or memory <= self.memory) and (
            self.cores is None or cores <= self.cores
        )


UNLIMITED = Headroom()


@dataclass
class Quotas:
    """The limits of all ResourceQuotas, by namespace, name and resource."""

    _limits: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)

    def replace(self, quotas: Iterable[Object]) -> None:
        """Replace all quotas by those of a list."""
        self._limits = {}
        for quota in quotas:
            self.put(quota)

    def put(self, quota: Object) -> None:
        """Add or update a quota."""
        hard = (quota.get("spec") or {}).get("hard") or {}
        limits = {
            name[len(LIMITS) :]: number
            for name, quantity in hard.items()
            if name.startswith(LIMITS) and (number := whole_number(quantity)) is not None
        }
        metadata = quota["metadata"]
        self._limits.setdefault(metadata["namespace"], {})[metadata["name"]] = limits

    def remove(self, quota: Object) -> None:
        """Remove a quota."""
        metadata = quota["metadata"]
        self._limits.get(metadata["namespace"], {}).pop(metadata["name"], None)

    def limits(self) -> Iterator[tuple[str, str, int]]:
        """Yield the namespace, the resource and the limit of each quota of memory or compute units."""
        for namespace, quotas in self._limits.items():
            for vendor in VENDORS:
                for resource in filter(None, (vendor.memory, vendor.cores)):
                    found = [limits[resource] for limits in quotas.values() if resource in limits]
                    if found:
                        yield namespace, resource, min(found)

    def headroom(self, namespace: str, used: dict[str, tuple[int, int]]) -> dict[str, Headroom]:
        """Return the unused quota of a namespace, by device type.

        Args:
            namespace: the namespace.
            used: the memory in MiB and the cores in percent of its pods, by device type.
        """
        return {
            vendor.device_type: self._headroom(
                namespace, vendor, *used.get(vendor.device_type, (0, 0))
            )
            for vendor in VENDORS
        }

    def admits(
        self, namespace: str, vendor: Vendor, used: tuple[int, int], memory: int, cores: int
    ) -> bool:
        """Return whether a pod that requests memory and cores of a vendor stays within the quotas of its namespace.

        Args:
            namespace: the namespace.
            vendor: the vendor.
            used: the memory in MiB and the cores of the namespace's pods.
            memory: the requested memory in MiB, of all devices together.
            cores: the requested cores, of all devices together.
        """
        return self._headroom(namespace, vendor, *used).allows(memory, cores)

    def _headroom(self, namespace: str, vendor: Vendor, memory: int, cores: int) -> Headroom:
        return Headroom(
            self._left(namespace, vendor.memory, memory, vendor.quota_unit or vendor.memory_unit),
            self._left(namespace, vendor.cores, cores),
        )

    def _left(self, namespace: str, resource: str, used: int, unit: int = 1) -> int | None:
        quotas = self._limits.get(namespace)
        if not quotas or not resource:
            return None
        limits = [limits[resource] for limits in quotas.values() if resource in limits]
        return max(min(limits) * unit - used, 0) if limits else None
