"""The requests of pods for devices, by container."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from hami_scheduler.vendors import DRS, VENDORS, Vendor

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
        cores: the compute units of each device, in percent; a number for vendors that count them.
        slices: the size of the part of a device; 0 if memory and cores decide.
    """

    vendor: Vendor
    count: int
    memory: int
    percentage: int
    cores: int
    slices: int = 0

    def memory_of(self, total: int) -> int:
        """Return the requested memory of a device in MiB.

        Args:
            total: the memory of the device, in MiB.
        """
        if self.vendor.counts_shares_only:
            return 0
        return self.memory or total * self.percentage // 100

    def cores_of(self, total: int) -> int:
        """Return the requested compute units of a device.

        Args:
            total: the compute units of the device.
        """
        if self.vendor.cores_of_device:
            return max(1, total * self.cores // 100)
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


def requested(container: Object, resource: str, limits_only: bool = False) -> int | None:
    """Return the quantity of a resource that a container requests; None if it does not request the resource."""
    text = quantity_of(container, resource, limits_only)
    return None if text is None else whole_number(text)


def quantity_of(container: Object, resource: str, limits_only: bool = False) -> str | None:
    """Return the text of a quantity that a container requests; None if it does not request the resource."""
    resources = container.get("resources") or {}
    for kind in ("limits",) if limits_only else ("limits", "requests"):
        named = resources.get(kind) or {}
        if resource and resource in named:
            return str(named[resource])
    return None


def request_of(container: Object, vendor: Vendor) -> Request | None:
    """Return a container's request for devices of a vendor; None if there is none."""
    if vendor.format == DRS:
        return _parts(container, vendor)
    count = requested(container, vendor.count, vendor.limits_only)
    if vendor.cores_are_mask:
        return _whole_units(container, vendor, count)
    if not count or count < 0:
        return None
    memory = memory_of(container, vendor) or 0
    percentage = requested(container, vendor.percentage)
    cores = requested(container, vendor.cores, vendor.limits_only)
    if vendor.memory_sizes:
        memory = size_of(vendor, memory)
        cores = memory * 100 // vendor.memory_sizes[-1]
    if cores is None:
        cores = vendor.default_cores
    if vendor.totals:
        memory, cores = memory // count, cores // count
    # Zero percent counts as not said.
    return Request(vendor, count, memory, percentage or 100, min(cores, 100))


def memory_of(container: Object, vendor: Vendor) -> int | None:
    """Return the memory in MiB that a container requests; None if it requests none."""
    number = requested(container, vendor.memory, vendor.limits_only)
    if number is None:
        return None
    if vendor.has_suffix:
        text = quantity_of(container, vendor.memory) or ""
        return number // 1024**2 if not text.strip().isdigit() else number * 1024
    return number * vendor.memory_unit


def size_of(vendor: Vendor, memory: int) -> int:
    """Return the vendor's next size of a share in MiB; the largest for 0."""
    whole = vendor.memory_sizes[-1]
    if not memory:
        return whole
    return next((size for size in vendor.memory_sizes if memory <= size), whole)


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


def _parts(container: Object, vendor: Vendor) -> Request | None:
    """Return a request for a part of one device, by its size or by its memory and cores."""
    slices = requested(container, vendor.count)
    if slices and slices > 0:
        return Request(vendor, 1, 0, 0, 0, slices)
    memory, cores = requested(container, vendor.memory), requested(container, vendor.cores)
    if memory is None and cores is None:
        return None
    return Request(vendor, 1, memory or 0, 0, cores or 0)


def _whole_units(container: Object, vendor: Vendor, count: int | None) -> Request | None:
    """Return a request for whole devices, or for compute units in total."""
    each = vendor.whole_cores
    if count is not None:
        return Request(vendor, count, 0, 0, each) if count > 0 else None
    cores = requested(container, vendor.cores)
    if not cores or cores < 0 or (cores > each and cores % each):
        return None
    return Request(vendor, max(1, cores // each), 0, 0, min(cores, each))
