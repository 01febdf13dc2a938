"""Which devices a pod wants, and how it wants nodes and devices to be filled: its annotations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hami_scheduler.protocol import DEVICE_POLICY, NODE_POLICY, Device
from hami_scheduler.vendors import Vendor

BINPACK, SPREAD = "binpack", "spread"
POLICIES = (BINPACK, SPREAD)
TRUE = ("1", "t", "true")


@dataclass(frozen=True)
class Wishes:
    """What a pod wants of the devices of one vendor: types and ids are upper case and as they are, None for any."""

    use_types: tuple[str, ...] | None = None
    nouse_types: tuple[str, ...] = ()
    use_ids: tuple[str, ...] | None = None
    nouse_ids: tuple[str, ...] = ()
    mode: str | None = None
    numa_bind: bool = False

    def takes_type(self, device: Device) -> bool:
        """Return whether a device is of a wanted type and in the wanted mode."""
        if self.mode is not None and device.mode not in self.mode:
            return False
        type = device.type.upper()
        if self.use_types is not None and not any(each in type for each in self.use_types):
            return False
        return not any(each in type for each in self.nouse_types)

    def takes_id(self, device: Device) -> bool:
        """Return whether a device is not ruled out by its id."""
        if self.use_ids is not None and device.id not in self.use_ids:
            return False
        return device.id not in self.nouse_ids


def wishes_of(annotations: Mapping[str, str], vendor: Vendor) -> Wishes:
    """Return what a pod's annotations want of a vendor's devices."""
    return Wishes(
        use_types=_types(annotations, vendor.use_type),
        nouse_types=_types(annotations, vendor.nouse_type) or (),
        use_ids=_list(annotations, vendor.use_id),
        nouse_ids=_list(annotations, vendor.nouse_id) or (),
        mode=annotations.get(vendor.mode) if vendor.mode else None,
        numa_bind=bool(vendor.numa_bind) and annotations.get(vendor.numa_bind, "").lower() in TRUE,
    )


def node_policy(annotations: Mapping[str, str], default: str) -> str:
    """Return how nodes are to be filled."""
    return _policy(annotations, NODE_POLICY, default)


def device_policy(annotations: Mapping[str, str], default: str) -> str:
    """Return how the devices of a node are to be filled."""
    return _policy(annotations, DEVICE_POLICY, default)


def _policy(annotations: Mapping[str, str], key: str, default: str) -> str:
    wanted = annotations.get(key, "").strip()
    return wanted if wanted in POLICIES else default


def _types(annotations: Mapping[str, str], key: str) -> tuple[str, ...] | None:
    listed = _list(annotations, key)
    return None if listed is None else tuple(each.upper() for each in listed)


def _list(annotations: Mapping[str, str], key: str) -> tuple[str, ...] | None:
    """Return what an annotation lists, None where it is not there or says nothing."""
    parts = (part.strip() for part in annotations.get(key, "").split(",")) if key else ()
    listed = tuple(part for part in parts if part)
    return listed or None
