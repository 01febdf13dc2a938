"""The requests of pods for devices, by container."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from hami_scheduler.vendors import VENDORS, Vendor

Object = dict[str, Any]

_SUFFIXES: Mapping[str, int] = {
    **{unit: 1024**power for power, unit in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), 1)},
    **{unit: 1000**power for power, unit in enumerate(("k", "M", "G", "T", "P", "E"), 1)},
}


@dataclass(frozen=True)
class Request:
    """The request of a container for devices of one vendor.

    Attributes:
        vendor: the vendor.
        count: the number of devices.
        memory: the memory of each device in MiB; 0 if `percentage` counts.
        percentage: the memory of each device, in percent.
        cores: the compute units of each device, in percent.
    """

    vendor: Vendor
    count: int
    memory: int
    percentage: int
    cores: int

    def memory_of(self, total: int) -> int:
        """Return the requested memory of a device in MiB.

        Args:
            total: the memory of the device, in MiB.
        """
        if not self.vendor.shares_memory:
            return 0
        return self.memory or total * self.percentage // 100

    def cores_of(self, total: int) -> int:
        """Return the requested compute units of a device.

        Args:
            total: the compute units of the device.
        """
        if self.vendor.default_cores:
            return total * self.cores // 100
        return self.cores


Requests = tuple[tuple[Request, ...], ...]
"""The requests of each container of a pod, init containers first."""


def whole_number(quantity: object) -> int | None:
    """Return a quantity as a whole number; None if it is not one."""
    text = str(quantity).strip()
    factor = 1
    for suffix, value in _SUFFIXES.items():
        if text.endswith(suffix):
            text, factor = text[: -len(suffix)], value
            break
    try:
        number = Decimal(text) * factor
    except InvalidOperation:
        return None
    return int(number) if number.is_finite() and number == number.to_integral_value() else None


def requested(container: Object, resource: str) -> int | None:
    """Return the quantity of a resource that a container requests; None if it does not request the resource."""
    resources = container.get("resources") or {}
    for kind in ("limits", "requests"):
        named = resources.get(kind) or {}
        if resource and resource in named:
            return whole_number(named[resource])
    return None


def request_of(container: Object, vendor: Vendor) -> Request | None:
    """Return a container's request for devices of a vendor; None if there is none."""
    count = requested(container, vendor.count)
    if not count or count < 0:
        return None
    memory = requested(container, vendor.memory) or 0
    percentage = requested(container, vendor.percentage)
    cores = requested(container, vendor.cores)
    if vendor.memory_steps:
        return _in_steps(vendor, count, memory)
    return Request(
        vendor=vendor,
        count=count,
        memory=memory,
        percentage=100 if percentage is None else percentage,
        cores=min(vendor.default_cores if cores is None else cores, 100),
    )


def requests_of(pod: Object) -> Requests:
    """Return the requests of all containers of a pod."""
    return tuple(
        tuple(
            request for vendor in VENDORS if (request := request_of(container, vendor)) is not None
        )
        for container in containers_of(pod)
    )


def containers_of(pod: Object) -> list[Object]:
    """Return the containers of a pod, init containers first."""
    spec = pod.get("spec") or {}
    return [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]


def init_count(pod: Object) -> int:
    """Return the number of init containers of a pod."""
    return len((pod.get("spec") or {}).get("initContainers") or [])


def requests_devices(requests: Requests) -> bool:
    """Return whether any container requests a device."""
    return any(requests)


def _in_steps(vendor: Vendor, count: int, memory: int) -> Request:
    """Return a request for shares of one of the vendor's sizes, with compute units in proportion."""
    whole = vendor.memory_steps[-1]
    size = (
        next((step for step in vendor.memory_steps if memory <= step), whole) if memory else whole
    )
    return Request(vendor, count, size, 100, size * 100 // whole)
