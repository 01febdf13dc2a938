"""What pods ask for: the devices of each container."""

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
    """What a container asks of one vendor.

    Attributes:
        vendor: whose devices.
        count: how many.
        memory: MiB of each, 0 where a percentage counts.
        percentage: percents of each one's memory.
        cores: percents of each one's compute units.
    """

    vendor: Vendor
    count: int
    memory: int
    percentage: int
    cores: int

    def memory_of(self, total: int) -> int:
        """Return the MiB that are asked of a device with `total` MiB."""
        if not self.vendor.shares_memory:
            return 0
        return self.memory or total * self.percentage // 100

    def cores_of(self, total: int) -> int:
        """Return the compute units that are asked of a device that has `total`."""
        if self.vendor.default_cores:
            return total * self.cores // 100
        return self.cores


Requests = tuple[tuple[Request, ...], ...]
"""What the containers of a pod ask for, in their order, init containers first."""


def whole_number(quantity: object) -> int | None:
    """Return a quantity as a whole number, None where it is none."""
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


def asked(container: Object, resource: str) -> int | None:
    """Return how much of a resource a container asks for, None where it does not name it."""
    resources = container.get("resources") or {}
    for kind in ("limits", "requests"):
        named = resources.get(kind) or {}
        if resource and resource in named:
            return whole_number(named[resource])
    return None


def request_of(container: Object, vendor: Vendor) -> Request | None:
    """Return what a container asks of a vendor, None where it asks for no device."""
    count = asked(container, vendor.count)
    if not count or count < 0:
        return None
    memory = asked(container, vendor.memory) or 0
    percentage = asked(container, vendor.percentage)
    cores = asked(container, vendor.cores)
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
    """Return what the containers of a pod ask for."""
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
    """Return how many init containers a pod has."""
    return len((pod.get("spec") or {}).get("initContainers") or [])


def asks_for_devices(requests: Requests) -> bool:
    """Return whether any container asks for any device."""
    return any(requests)


def _in_steps(vendor: Vendor, count: int, memory: int) -> Request:
    """Return a request for a share of one of the sizes that there are; its cores are in proportion."""
    whole = vendor.memory_steps[-1]
    size = (
        next((step for step in vendor.memory_steps if memory <= step), whole) if memory else whole
    )
    return Request(vendor, count, size, 100, size * 100 // whole)
